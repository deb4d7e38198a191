import Diagnostics
import Messaging
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
        let store = SeriesStore(limits: ExpositionLoad.limits)
        let span = try fill(store, paths)
        return LoadedData(store: store, oldest: span.lowerBound, newest: span.upperBound)
    }

    /// Decodes all messages of captures into `store`, without rules.
    private static func fill(_ store: SeriesStore, captures: [String]) throws(Problem) -> ClosedRange<
        Timestamp
    > {
        let source = try ReplaySource(paths: captures)
        var decoder = MessageDecoder()
        while let delivery = source.take() {
            guard let message = try? decoder.decode(delivery) else { continue }
            for series in message.series {
                for sample in series.samples {
                    store.append(series.labels, sample, interval: message.interval)
                }
            }
        }
        if let problem = source.problem { throw problem }
        return source.span
    }

    /// Reads captures and expositions into `store`.
    ///
    /// - Returns: the times of the first and the last sample.
    static func fill(_ store: SeriesStore, _ paths: [String]) throws(Problem) -> ClosedRange<Timestamp> {
        guard !paths.isEmpty else {
            throw Problem("no data to look at", fix: "name captures or OpenMetrics files with --load")
        }
        var span: ClosedRange<Timestamp>?
        let now = wallClock()
        let captures = paths.filter { CaptureFiles.isCapture($0) }
        if !captures.isEmpty {
            let part = try fill(store, captures: captures)
            span = part
        }
        for path in paths where !captures.contains(path) {
            guard let part = try ExpositionLoad.read(path, into: store, now: now) else { continue }
            span =
                span.map { min($0.lowerBound, part.lowerBound)...max($0.upperBound, part.upperBound) } ?? part
        }
        guard let span else { throw Problem("there are no samples in \(paths.joined(separator: ", "))") }
        return span
    }
}
