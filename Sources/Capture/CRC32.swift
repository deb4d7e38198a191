/// CRC-32 as gzip and zip use it (IEEE 802.3, reflected), eight bytes at a time.
func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var crc: UInt32 = 0xffff_ffff
    guard let base = bytes.baseAddress else { return 0 }
    crcTables.withUnsafeBufferPointer { table in
        var offset = 0
        while offset &+ 8 <= bytes.count {
            let word =
                base.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian ^ UInt64(crc)
            // Table k advances a byte by k further zero bytes, so eight look-ups stand for eight steps.
            crc =
                table[Int(1792 &+ (word & 0xff))] ^ table[Int(1536 &+ (word >> 8 & 0xff))]
                ^ table[Int(1280 &+ (word >> 16 & 0xff))] ^ table[Int(1024 &+ (word >> 24 & 0xff))]
                ^ table[Int(768 &+ (word >> 32 & 0xff))] ^ table[Int(512 &+ (word >> 40 & 0xff))]
                ^ table[Int(256 &+ (word >> 48 & 0xff))] ^ table[Int(word >> 56)]
            offset &+= 8
        }
        while offset < bytes.count {
            crc =
                crc >> 8
                ^ table[Int((crc ^ UInt32(base.load(fromByteOffset: offset, as: UInt8.self))) & 0xff)]
            offset &+= 1
        }
    }
    return ~crc
}

private let crcTables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
        var crc = UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
        tables[byte] = crc
    }
    for table in 1..<8 {
        for byte in 0..<256 {
            let previous = tables[(table - 1) * 256 + byte]
            tables[table * 256 + byte] = previous >> 8 ^ tables[Int(previous & 0xff)]
        }
    }
    return tables
}()
