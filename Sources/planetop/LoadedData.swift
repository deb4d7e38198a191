import Diagnostics
import MetricModel
import Monitor
import SeriesStore

/// What `--load` brought in.
struct LoadedData {
    var store: SeriesStore
    var oldest: Timestamp
    /// The time that stands for "now" where nothing else is said.
    var newest: Timestamp

    /// - Throws: the first file that cannot be read, or that there is nothing in them.
    static func read(_ paths: [String]) throws(Problem) -> LoadedData {
        guard !paths.isEmpty else {
            throw Problem("no data to look at", fix: "name captures or OpenMetrics files with --load")
        }
        let store = SeriesStore(limits: ExpositionLoad.limits)
        var span: ClosedRange<Timestamp>?
        let now = wallClock()
        for path in paths {
            guard let part = try ExpositionLoad.read(path, into: store, now: now) else { continue }
            span = span.map { min($0.lowerBound, part.lowerBound)...max($0.upperBound, part.upperBound) } ?? part
        }
        guard let span else { throw Problem("there are no samples in \(paths.joined(separator: ", "))") }
        return LoadedData(store: store, oldest: span.lowerBound, newest: span.upperBound)
    }
}
