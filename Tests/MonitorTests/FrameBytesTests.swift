import Canvas
import Dashboard
import Glibc
import MetricModel
import Testing

@testable import Monitor

/// What a second of a live screen costs on the wire when every panel changes every second.
///
/// Counts what a terminal is sent at 256 colours: a cursor move for each run of changed cells, a colour for each change of
/// style, and the characters. Bytes are exact and the same on every machine.
@Suite("The bytes of a frame")
struct FrameBytesTests {
    /// Charts over 15 minutes, numbers with history, a table with histories; every value is another one every second.
    private static let dashboard: String = {
        var panels: [String] = []
        func panel(_ type: String, _ place: (x: Int, y: Int, w: Int, h: Int), _ rest: String) {
            panels.append(
                """
                {"id": \(panels.count + 1), "type": "\(type)", "title": "Panel \(panels.count + 1)",
                 "gridPos": {"x": \(place.x), "y": \(place.y), "w": \(place.w), "h": \(place.h)}, \(rest)}
                """)
        }
        for index in 0..<4 {
            panel(
                "stat", (index * 6, 0, 6, 3),
                #""targets": [{"refId": "A", "expr": "v{row=\"\#(index)\"}"}], "options": {"graphMode": "area"}"#
            )
        }
        for index in 0..<2 {
            panel(
                "timeseries", (index * 12, 3, 12, 9),
                #""targets": [{"refId": "A", "expr": "v{row=~\"\#(index * 2)|\#(index * 2 + 1)\"}", "legendFormat": "{{row}}"}]"#
            )
        }
        panel(
            "table", (0, 12, 12, 8),
            #""targets": [{"refId": "A", "expr": "v"}], "transformations": [{"id": "timeSeriesTable", "options": {}}]"#
        )
        panel("alertlist", (12, 12, 12, 8), #""options": {}"#)
        return """
            {"title": "Busy", "uid": "busy", "schemaVersion": 39, "time": {"from": "now-15m", "to": "now"},
             "panels": [\(panels.joined(separator: ","))]}
            """
    }()

    private func value(_ second: Int, _ row: Int) -> Double {
        // A wave with as much noise as a tenth of the scale, from a generator that is the same everywhere.
        var bits = UInt64(bitPattern: Int64(second * 31 + row)) &* 0x9e37_79b9_7f4a_7c15
        bits ^= bits >> 29
        bits = bits &* 0xbf58_476d_1ce4_e5b9
        let noise = Double(bits >> 40) / Double(1 << 24) * 10 - 5
        return 50 + 20 * sin(Double(second) / 40 + Double(row)) + noise
    }

    @Test(arguments: [(80, 24, 1500), (200, 50, 3000), (300, 100, 6000)])
    func allPanelsChangeEverySecond(width: Int, height: Int, bytesMax: Int) throws {
        let start = Timestamp(milliseconds: 1_790_000_000_000)
        let observatory = Observatory()
        let monitor = Monitor(
            observatory, dashboards: [try Dashboard.read(Array(Self.dashboard.utf8), file: "busy.json")],
            link: .live)
        var earlier: Canvas?
        var costs: [Int] = []
        for second in 0..<1020 {
            let now = start + .seconds(Int64(second))
            for row in 0..<6 {
                let labels: LabelSet = ["__name__": "v", "row": "\(row)"]
                observatory.store.append(
                    labels, Sample(now, value(second, row)), interval: .seconds(1))
            }
            observatory.advance(to: now)
            guard second >= 900 else { continue }
            let frame = monitor.frame(width: width, height: height, clock: now)
            if let earlier { costs.append(bytes(frame.changedRuns(since: earlier), of: frame)) }
            earlier = frame
        }
        costs.sort()
        let mean = costs.reduce(0, +) / costs.count
        print(
            "\(width)×\(height): \(mean) B a frame on average, \(costs[costs.count / 2]) in the middle, \(costs[costs.count * 95 / 100]) in 95 %, \(costs.last ?? 0) at most"
        )
        // The mean is far below; the frames in which a chart of noise moves are above it on large screens.
        #expect(mean * 3 <= bytesMax)
        if height == 24 { #expect(costs.last ?? 0 <= bytesMax) }
    }

    private func bytes(_ runs: [ChangedRun], of canvas: Canvas) -> Int {
        var resolver = StyleResolver(theme: .standard, depth: .palette256)
        var style = ResolvedStyle.plain
        var count = 0
        for run in runs {
            count += "\u{1b}[\(run.y + 1);\(run.columns.lowerBound + 1)H".utf8.count
            for x in run.columns {
                let cell = canvas[x, run.y]
                if cell.character == "\0" { continue }
                let wanted = resolver(cell.style)
                if wanted != style { count += sgr(wanted).utf8.count }
                style = wanted
                count += cell.character.utf8.count
            }
        }
        return count
    }
}
