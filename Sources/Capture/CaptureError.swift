import Diagnostics
import Glibc

/// Why a capture cannot be written or read.
package enum CaptureError: Error, Sendable, Equatable {
    /// The file cannot be opened, read or written; `reason` in the system's words.
    case file(path: String, doing: String, reason: String)
    /// The file is something else.
    case notACapture(path: String)
    /// Written in a later major version of the format.
    case newerVersion(path: String, version: String)
    /// Another recorder writes to it.
    case inUse(path: String)
    /// The recorder stopped writing, usually because the disk is full; it goes on by itself once that works again.
    case paused(path: String, reason: String)
    /// A pipe can only be read forwards.
    case notSeekable(path: String)

    /// The error as an operator reads it.
    package var problem: Problem {
        switch self {
        case .file(let path, let doing, let reason):
            Problem("cannot \(doing) capture `\(path)`: \(reason)", at: SourcePlace(file: path))
        case .notACapture(let path):
            Problem(
                "`\(path)` is not a capture", at: SourcePlace(file: path),
                fix: "captures are made by `planetop record` and by `--record`")
        case .newerVersion(let path, let version):
            Problem(
                "capture `\(path)` has format version \(version), this program reads version \(CaptureFormat.major)",
                at: SourcePlace(file: path), fix: "read it with a newer planetop")
        case .inUse(let path):
            Problem(
                "another recorder writes to capture `\(path)`", at: SourcePlace(file: path),
                fix: "record to another file")
        case .paused(let path, let reason):
            Problem(
                "recorder paused: cannot write capture `\(path)`: \(reason)", at: SourcePlace(file: path),
                fix: "make room on the disk; recording goes on by itself")
        case .notSeekable(let path):
            Problem(
                "capture `\(path)` comes from a pipe, which can only be played forwards",
                at: SourcePlace(file: path), fix: "put it into a file")
        }
    }
}

/// The system's words for the error of the last call.
func systemReason() -> String { String(cString: strerror(errno)) }

/// Constants of the file format.
package enum CaptureFormat {
    package static let major = 1
    package static let version = "1.0"
    /// Bytes of lines after which a frame ends: small enough to decode one quickly, large enough to compress well.
    package static let frameBytes = 256 << 10
    /// A line longer than this is not read.
    package static let lineBytesMax = 16 << 20
    /// Lines end a frame after so much time, so that the index stays fine where little happens.
    package static let frameMillisecondsMax: Int64 = 600_000
}
