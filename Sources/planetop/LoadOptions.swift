import ArgumentParser
import Diagnostics
import Messaging
import MetricModel
import Monitor
import SeriesStore

/// Data from files in place of a broker: captures, or OpenMetrics and Prometheus text with timestamps.
struct LoadOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: "Captures or OpenMetrics text with timestamps; `-` is standard input.",
        completion: .file())
    var load: [String] = []
}

/// Reads exposition text into a store, whatever its size.
enum ExpositionLoad {
    /// Nothing expires: a file is looked at as a whole.
    static var limits: StoreLimits {
        StoreLimits(
            retention: .hours(24 * 365 * 500), memoryBytesMax: 16 << 30, seriesMax: 20_000_000,
            seriesPerTenantMax: 20_000_000)
    }

    private static let chunkBytes = 1 << 20

    /// Appends all samples of `path` to `store`.
    ///
    /// - Returns: the times of the first and the last sample; `nil` for a file without samples.
    static func read(_ path: String, into store: SeriesStore, now: Timestamp) throws(Problem) -> ClosedRange<
        Timestamp
    >? {
        let input = try InputFile(path)
        var first = Timestamp.distantFuture
        var last = Timestamp.distantPast
        var handles: [SeriesSlot: SeriesID] = [:]
        func take(_ message: DecodedMessage) {
            for series in message.series {
                for sample in series.samples {
                    first = min(first, sample.timestamp)
                    last = max(last, sample.timestamp)
                    if let slot = series.slot {
                        if let id = handles[slot], store.append(id, sample) != .unknownSeries { continue }
                        handles[slot] = try? store.seriesID(for: series.labels)
                    }
                    store.append(series.labels, sample)
                }
            }
        }
        var reader: ExpositionReader?
        do throws(Refusal) {
            while let chunk = input.read(chunkBytes) {
                if reader == nil {
                    // OpenMetrics ends with `# EOF` and counts in seconds; without it the text is Prometheus' own.
                    reader = ExpositionReader(input.endsWithEOF ? .openMetrics : .prometheusText, time: now)
                }
                take(try reader!.read(chunk))
            }
            if var reader { take(try reader.finish()) }
        } catch {
            throw Problem("cannot load the exposition: \(error.reason)", at: SourcePlace(file: path))
        }
        return first <= last ? first...last : nil
    }
}
