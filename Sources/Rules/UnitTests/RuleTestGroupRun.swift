import Diagnostics
import MetricModel
import PromQL

/// One test group being run.
struct RuleTestGroupRun {
    private let group: RuleTestGroup
    private let file: RuleTestFile
    private let store: RuleTestStore
    private let evaluator: Evaluator
    private var engine: RuleEngine
    private(set) var passed = 0
    private(set) var failed = 0
    private(set) var failures: [RuleTestReport.Failure] = []

    init(_ group: RuleTestGroup, file: RuleTestFile, rules: [RuleGroup]) {
        self.group = group
        self.file = file
        store = RuleTestStore(start: group.start, step: group.interval)
        var options = EvaluationOptions()
        options.defaultSubqueryStep = file.evaluationInterval
        evaluator = Evaluator(options: options)
        var engineOptions = RuleEngineOptions()
        engineOptions.interval = file.evaluationInterval
        engineOptions.externalLabels = group.externalLabels
        engineOptions.externalURL = group.externalURL
        engine = RuleEngine(options: engineOptions, evaluator: evaluator)
        engine.load(rules)
    }

    mutating func execute() {
        guard loadInput(), evaluateRules() else { return }
        for testCase in group.expressionCases { check(testCase) }
    }

    private var title: String { group.name.isEmpty ? "" : "name: \(group.name),\n" }

    private mutating func fail(_ text: String, at place: SourcePlace, cases: Int = 1) {
        failed += cases
        failures.append(.init(place: place, text: text))
    }

    /// What remains of the group cannot be run, for one reason or several.
    private mutating func giveUp(_ text: String, at place: SourcePlace) {
        fail(text, at: place, cases: max(failed == 0 ? 1 : 0, group.caseCount - passed - failed))
    }

    private mutating func loadInput() -> Bool {
        for input in group.input {
            do throws(ParseError) {
                store.add(try parseMetric(input.series), try expandSeriesNotation(input.values))
            } catch {
                giveUp("\(title)input series \(input.series): parse error: \(error.message)", at: input.place)
                return false
            }
        }
        return true
    }

    // MARK: Rules and alerts

    /// Evaluates the rules over the whole time and checks the alert cases on the way.
    private mutating func evaluateRules() -> Bool {
        let end = (group.alertCases.map(\.time) + group.expressionCases.map(\.time)).max() ?? .zero
        let step = file.evaluationInterval
        guard end.milliseconds / step.milliseconds < RuleTestRunner.evaluationsMax else {
            giveUp(
                "\(title)more than \(RuleTestRunner.evaluationsMax) evaluations up to \(end)", at: group.place
            )
            return false
        }
        // The cases of one time in the order of the file.
        var waiting = group.alertCases.enumerated().sorted {
            ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
        }.map(\.element)[...]
        var offset = TimeSpan.zero
        while offset <= end {
            let time = group.start + offset
            store.load(through: time)
            _ = engine.evaluateAll(at: time, in: store) { store.append($0) }
            let broken = engine.failures
            for failure in broken {
                giveUp(
                    "\(title)rule: \(failure.rule.name), time: \(offset), err: \(failure.message)",
                    at: failure.rule.place)
            }
            guard broken.isEmpty else { return false }
            while let next = waiting.first, next.time < offset + step {
                check(next)
                waiting.removeFirst()
            }
            offset = offset + step
        }
        return true
    }

    private struct FoundAlert: Equatable {
        var labels: [String]
        var annotations: [String]

        init(_ labels: [String: String], _ annotations: [String: String]) {
            self.labels = Self.texts(labels)
            self.annotations = Self.texts(annotations)
        }

        private static func texts(_ fields: [String: String]) -> [String] {
            fields.sorted { $0.key < $1.key }.map { "\($0.key)=\(goQuoted($0.value))" }
        }

        var description: String {
            "Labels:{\(labels.joined(separator: ", "))}\nAnnotations:{\(annotations.joined(separator: ", "))}"
        }
    }

    private mutating func check(_ testCase: RuleTestGroup.AlertCase) {
        let expected = testCase.expected.map { FoundAlert($0.labels, $0.annotations) }
        let found = engine.alerts(named: testCase.name).filter {
            $0.state == .firing || $0.state == .recovering
        }.map { alert in
            FoundAlert(
                Dictionary(
                    alert.labels.labels.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
                alert.annotations)
        }
        func sorted(_ alerts: [FoundAlert]) -> [FoundAlert] {
            alerts.sorted { $0.description < $1.description }
        }
        let (wanted, got) = (sorted(expected), sorted(found))
        if wanted == got {
            passed += 1
        } else {
            fail(
                "\(title)alertname: \(testCase.name), time: \(testCase.time),\n"
                    + "    exp:\(Self.list(wanted)),\n    got:\(Self.list(got))", at: testCase.place)
        }
    }

    private static func list(_ alerts: [FoundAlert]) -> String {
        guard !alerts.isEmpty else { return "[]" }
        var text = "["
        for (index, alert) in alerts.enumerated() {
            text += "\n        \(index):"
            for line in alert.description.split(separator: "\n") { text += "\n          \(line)" }
            if index < alerts.count - 1 { text += "," }
        }
        return text + "\n        ]"
    }

    // MARK: Expressions

    private struct FoundSample {
        var labels: LabelSet
        var value: Double

        var description: String { "\(labels) \(GoFloat.text(value, format: "E", precision: nil))" }
    }

    private mutating func check(_ testCase: RuleTestGroup.ExpressionCase) {
        let what = "\(title)expr: \(goQuoted(testCase.expression)), time: \(testCase.time),"
        guard !testCase.expected.contains(where: \.isHistogram) else {
            fail("\(what) err: \(SeriesNotationValue.nativeHistogramReason)", at: testCase.place)
            return
        }
        do throws(Complaint) {
            let got = try value(of: testCase)
            let wanted = try expected(testCase)
            if isEqual(wanted, got) {
                passed += 1
            } else {
                fail("\(what)\n    exp: \(Self.list(wanted))\n    got: \(Self.list(got))", at: testCase.place)
            }
        } catch {
            fail("\(what) err: \(error.text)", at: error.place ?? testCase.place)
        }
    }

    private struct Complaint: Error {
        var text: String
        var place: SourcePlace?
    }

    private func value(of testCase: RuleTestGroup.ExpressionCase) throws(Complaint) -> [FoundSample] {
        let expression: Expression
        do {
            expression = try PromQL.parse(testCase.expression)
        } catch {
            throw Complaint(
                text: "parse error: \(error.message)",
                place: testCase.node?.place(ofByte: error.position.lowerBound))
        }
        let evaluator = evaluator
        do {
            return try RuleQueries.vector(expression, at: group.start + testCase.time, in: store) {
                expression, time, source throws(QueryError) in
                try evaluator.instant(expression, at: time, in: source)
            }.map { FoundSample(labels: $0.labels, value: $0.value) }.sorted { $0.labels < $1.labels }
        } catch {
            throw Complaint(text: error.message)
        }
    }

    private func expected(_ testCase: RuleTestGroup.ExpressionCase) throws(Complaint) -> [FoundSample] {
        var samples: [FoundSample] = []
        for sample in testCase.expected {
            do {
                let text = sample.labels.isEmpty ? "{}" : sample.labels
                samples.append(FoundSample(labels: try parseMetric(text), value: sample.value))
            } catch {
                throw Complaint(text: "labels \(goQuoted(sample.labels)): parse error: \(error.message)")
            }
        }
        return samples.sorted { $0.labels < $1.labels }
    }

    private func isEqual(_ wanted: [FoundSample], _ got: [FoundSample]) -> Bool {
        guard wanted.count == got.count else { return false }
        return zip(wanted, got).allSatisfy { wanted, got in
            guard wanted.labels == got.labels else { return false }
            if wanted.value == got.value { return true }
            return file.comparesFuzzily
                && (wanted.value.nextUp == got.value || wanted.value.nextDown == got.value)
        }
    }

    private static func list(_ samples: [FoundSample]) -> String {
        samples.isEmpty ? "nil" : samples.map(\.description).joined(separator: ", ")
    }
}
