import JSON
import MetricModel
import PromQL
import Testing

/// Random expressions over metrics in the style of Airflow, Spark and Kafka, with the answers of a Prometheus server.
///
/// The server is a Prometheus 2, whose subqueries take in a point on the left edge of their window and whose default
/// step is its evaluation interval of 15 s; such points are left out.
@Suite("random PromQL cases")
struct ScriptRandomCasesTests {
    static let file = TestFiles.shared + "/promql/random_cases_seed1.json"

    @Test("agree with Prometheus", .enabled(if: TestFiles.isPresent(file), "skipped: no ../shared/promql"))
    func agree() throws {
        let document = try JSONValue.parse(Array(TestFiles.text(Self.file).utf8), file: Self.file)
        let shift = TimeSpan(milliseconds: document["data_shift_ms"]?.integer ?? 0)
        let source = try load(document["data"]?.string ?? "", shift: shift)
        let cases = document["cases"]?.elements ?? []
        #expect(cases.count >= 100)
        for example in cases {
            let text = try example.requiredString("expr")
            var got: Points = [:]
            let expression = try parse(text)
            var options = EvaluationOptions()
            options.defaultSubqueryStep = .seconds(15)
            let evaluator = Evaluator(options: options)
            if let at = example["at_s"]?.number {
                let result = try evaluator.instant(expression, at: Timestamp(seconds: at), in: source)
                got = points(result.value)
            } else {
                let start = Timestamp(seconds: try example.requiredNumber("start_s"))
                let end = Timestamp(seconds: try example.requiredNumber("end_s"))
                let step = TimeSpan(seconds: try example.requiredNumber("step_s"))
                got = points(
                    try evaluator.range(expression, from: start, through: end, step: step, in: source).value)
            }
            var wanted = points(example)
            if text.contains(":]") || text.contains("m:") {
                got = withoutEdges(got)
                wanted = withoutEdges(wanted)
            }
            // Which of equal values come first is nobody's promise.
            if text.contains("topk") || text.contains("bottomk") {
                got = withoutNames(got)
                wanted = withoutNames(wanted)
            }
            #expect(areAlmostEqual(got, wanted), "\(text)\ngot: \(got)\nexpected: \(wanted)")
        }
    }

    private typealias Points = [LabelSet: [Int64: Double]]

    /// Without the points whose windows may begin on a step of a subquery.
    private func withoutEdges(_ points: Points) -> Points {
        points.mapValues { $0.filter { $0.key % 15_000 != 0 } }.filter { !$0.value.isEmpty }
    }

    /// The values of each time in ascending order, under numbers in place of labels.
    private func withoutNames(_ points: Points) -> Points {
        var values: [Int64: [Double]] = [:]
        for series in points.values {
            for (time, value) in series { values[time, default: []].append(value) }
        }
        var result: Points = [:]
        for (time, list) in values {
            for (place, value) in list.sorted().enumerated() {
                result[["place": "\(place)"], default: [:]][time] = value
            }
        }
        return result
    }

    private func load(_ text: String, shift: TimeSpan) throws -> LoadedSeries {
        var source = LoadedSeries()
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.first == "load 15s")
        for line in lines.dropFirst() {
            source.load(
                try parseSeriesDescription(line), from: Timestamp(milliseconds: 0) + shift, step: .seconds(15)
            )
        }
        return source
    }

    private func points(_ value: QueryValue) -> Points {
        switch value {
        case .scalar(let sample): [.empty: [sample.timestamp.milliseconds: sample.value]]
        case .string: [:]
        case .vector(let elements):
            Dictionary(
                uniqueKeysWithValues: elements.map { ($0.labels, [$0.timestamp.milliseconds: $0.value]) })
        case .matrix(let series):
            Dictionary(
                uniqueKeysWithValues: series.map { series in
                    (
                        series.labels,
                        Dictionary(uniqueKeysWithValues: zip(series.points.timestamps, series.points.values))
                    )
                })
        }
    }

    /// The result in the shape of Prometheus' HTTP API.
    private func points(_ example: JSONValue) -> Points {
        var result: Points = [:]
        for series in example["result"]?.elements ?? [] {
            let labels = LabelSet(
                (series["metric"]?.object ?? JSONObject()).map { Label($0.key, $0.value.string ?? "") })
            var values: [Int64: Double] = [:]
            for pair in series["values"]?.elements ?? (series["value"].map { [$0] } ?? []) {
                let time = Timestamp(seconds: pair[0]?.number ?? 0)
                values[time.milliseconds] = (pair[1]?.string).flatMap { Double($0) } ?? .nan
            }
            result[labels] = values
        }
        return result
    }

    private func areAlmostEqual(_ a: Points, _ b: Points) -> Bool {
        a.count == b.count
            && a.allSatisfy { labels, points in
                guard let others = b[labels], others.count == points.count else { return false }
                return points.allSatisfy { time, value in
                    guard let other = others[time] else { return false }
                    if value.isNaN || other.isNaN || value == other {
                        return value == other || (value.isNaN && other.isNaN)
                    }
                    return abs(value - other) <= 1e-9 * (abs(value) + abs(other)) + 1e-12
                }
            }
    }
}
