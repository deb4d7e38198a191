import CZstd

/// Compresses into one zstd frame after another.
final class ZstdCompressor {
    private let context: OpaquePointer
    private var buffer = [UInt8](repeating: 0, count: ZSTD_CStreamOutSize())

    init(level: Int32 = 6) {
        guard let context = ZSTD_createCCtx() else { fatalError("out of memory") }
        self.context = context
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        // A frame is not longer than this anyway, and whoever reads it needs no more memory.
        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 19)
    }

    deinit { ZSTD_freeCCtx(context) }

    enum End {
        /// More of the frame follows.
        case none
        /// What was given so far can be read from what was written so far.
        case flush
        case frame
    }

    /// Compresses `bytes` to the end of `output`.
    func compress(_ bytes: [UInt8], end: End, into output: inout [UInt8]) {
        let directive =
            switch end {
            case .none: ZSTD_e_continue
            case .flush: ZSTD_e_flush
            case .frame: ZSTD_e_end
            }
        bytes.withUnsafeBytes { source in
            var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
            while true {
                let (left, written) = buffer.withUnsafeMutableBytes { target in
                    var out = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                    let left = ZSTD_compressStream2(context, &out, &input, directive)
                    return (left, out.pos)
                }
                precondition(ZSTD_isError(left) == 0, "the compressor fails only when used wrongly")
                output.append(contentsOf: buffer[..<written])
                if input.pos == input.size, end == .none || left == 0 { return }
            }
        }
    }
}

/// Decompresses a stream of zstd frames piece by piece.
final class ZstdDecompressor {
    /// The stream is not what a compressor wrote.
    struct Damage: Error {}

    private let context: OpaquePointer
    private var buffer = [UInt8](repeating: 0, count: ZSTD_DStreamOutSize())

    init() {
        guard let context = ZSTD_createDCtx() else { fatalError("out of memory") }
        self.context = context
        // 32 MiB: ordinary compressors need at most 8; more would let a file decide how much memory is taken.
        ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 25)
    }

    deinit { ZSTD_freeDCtx(context) }

    /// Forgets everything; the next byte must begin a frame.
    func reset() { ZSTD_DCtx_reset(context, ZSTD_reset_session_only) }

    /// Decompresses `bytes` from `offset` on, to the end of a frame or of the bytes.
    ///
    /// - Parameter output: what comes out is appended to it, also what came before a fault.
    /// - Returns: bytes consumed, and whether a frame ended there.
    func decompress(
        _ bytes: [UInt8], from offset: Int, into output: inout [UInt8]
    ) throws(Damage) -> (consumed: Int, hasFrameEnded: Bool) {
        var consumed = offset
        while true {
            let (hint, read, written) = step(bytes, from: consumed)
            if ZSTD_isError(hint) != 0 { throw Damage() }
            consumed = read
            output.append(contentsOf: buffer[..<written])
            if hint == 0 { return (consumed - offset, true) }
            // A full buffer may mean that there is more to come out of what went in.
            if consumed == bytes.count, written < buffer.count { return (consumed - offset, false) }
        }
    }

    private func step(_ bytes: [UInt8], from offset: Int) -> (hint: Int, read: Int, written: Int) {
        bytes.withUnsafeBytes { source in
            buffer.withUnsafeMutableBytes { target in
                var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: offset)
                var output = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                let hint = ZSTD_decompressStream(context, &output, &input)
                return (hint, input.pos, output.pos)
            }
        }
    }
}
