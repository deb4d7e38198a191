import CZlib

/// Decompresses gzip of one or several members.
///
/// - Throws: broken bytes, or more output than the limits allow: a small message must not become a large one.
func inflatedGzip(
    _ body: UnsafeBufferPointer<UInt8>, bytesMax: Int = EnvelopeLimits.inflatedBytesMax,
    ratioMax: Int = EnvelopeLimits.inflationRatioMax
) throws(Refusal) -> [UInt8] {
    var stream = z_stream()
    guard planetop_inflate_gzip(&stream) == Z_OK else {
        throw Refusal(.encoding, "the decompressor cannot start; memory is short")
    }
    defer { inflateEnd(&stream) }
    let outputMax = min(bytesMax, body.count.multipliedReportingOverflow(by: ratioMax).partialValue)
    var output: [UInt8] = []
    stream.next_in = UnsafeMutablePointer(mutating: body.baseAddress)
    stream.avail_in = UInt32(body.count)
    while true {
        var status = Z_OK
        let before = output.count
        // Step by step, so that a bomb costs no more memory than the limit.
        let step = 64 << 10
        output.append(contentsOf: repeatElement(0, count: step))
        let written = output.withUnsafeMutableBufferPointer { buffer in
            stream.next_out = buffer.baseAddress! + before
            stream.avail_out = UInt32(step)
            status = inflate(&stream, Z_NO_FLUSH)
            return step - Int(stream.avail_out)
        }
        output.removeLast(step - written)
        if output.count > outputMax {
            throw Refusal(
                .encoding,
                outputMax == bytesMax
                    ? "more than \(bytesMax >> 20) MiB after decompression"
                    : "more than \(ratioMax) times as large after decompression")
        }
        switch status {
        case Z_OK: continue
        case Z_STREAM_END:
            if stream.avail_in == 0 { return output }
            // Another member follows; the concatenation of all is the content.
            guard inflateReset(&stream) == Z_OK else {
                throw Refusal(.encoding, "the gzip stream is broken")
            }
        case Z_BUF_ERROR: throw Refusal(.encoding, "the gzip stream ends too early")
        default: throw Refusal(.encoding, "the gzip stream is broken at byte \(stream.total_in)")
        }
    }
}

/// Compresses to gzip at the default level.
package func deflatedGzip(_ body: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    guard planetop_deflate_gzip(&stream) == Z_OK else { fatalError("out of memory") }
    defer { deflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(body.count))))
    let count = body.withUnsafeBufferPointer { source in
        output.withUnsafeMutableBufferPointer { target in
            stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
            stream.avail_in = UInt32(source.count)
            stream.next_out = target.baseAddress
            stream.avail_out = UInt32(target.count)
            // The bound is large enough for all of it in one call.
            _ = deflate(&stream, Z_FINISH)
            return Int(stream.total_out)
        }
    }
    output.removeLast(output.count - count)
    return output
}
