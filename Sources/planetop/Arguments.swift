import ArgumentParser
import Glibc
import MetricModel
import YAML

extension TimeSpan: ExpressibleByArgument {
    /// Prometheus' notation: `90s`, `15m`, `1h30m`.
    init?(text: String) {
        guard let milliseconds = try? DurationText.milliseconds(text) else { return nil }
        self.init(milliseconds: milliseconds)
    }

    public init?(argument: String) { self.init(text: argument) }
}

/// A time on the command line: RFC 3339 or seconds since the epoch.
struct TimeArgument: ExpressibleByArgument {
    var timestamp: Timestamp

    init?(argument: String) {
        if let seconds = Double(argument), seconds.isFinite {
            timestamp = Timestamp(seconds: seconds)
        } else if let time = Timestamp(rfc3339: argument) {
            timestamp = time
        } else {
            return nil
        }
    }
}

/// `120x40`: columns and rows.
struct SizeArgument: ExpressibleByArgument {
    var width: Int
    var height: Int

    /// Larger than any terminal; a picture of it still fits into memory.
    static let sideMax = 1000

    init?(argument: String) {
        let parts = argument.lowercased().split(separator: "x")
        guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]),
            (1...Self.sideMax).contains(width),
            (1...Self.sideMax).contains(height)
        else { return nil }
        self.width = width
        self.height = height
    }

    /// What `--help` gives as the default.
    var defaultValueDescription: String { "\(width)x\(height)" }
}

struct ByteCountArgument: ExpressibleByArgument {
    var bytes: Int

    init?(argument: String) {
        guard let count = ByteCount(argument) else { return nil }
        bytes = count.bytes
    }
}
