/// A capture that a recorder may write to: opened or created, locked, and found fit to go on with.
///
/// Nothing of what is there changes before a writer begins a section.
package final class CaptureTarget {
    let output: CaptureFileOutput
    let isPlain: Bool
    let repair: CaptureRepair

    /// Bytes of the file.
    package var length: Int { output.length }

    /// - Parameters:
    ///   - path: a name that ends in `.jsonl`, and `-` for standard output, give lines without compression.
    /// - Throws: also when the file is something else, or another recorder writes to it.
    package init(path: String) throws(CaptureError) {
        isPlain = path == "-" || path.hasSuffix(".jsonl")
        output = try CaptureFileOutput(path: path)
        repair =
            path == "-"
            ? CaptureRepair()
            : try CaptureRepair.inspect(path: path, size: output.length, isPlain: isPlain)
    }
}
