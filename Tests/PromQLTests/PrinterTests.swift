import Diagnostics
import JSON
import MetricModel
@testable import PromQL
import Testing
import YAML

@Suite("PromQL printer")
struct PrinterTests {
    @Test(
        "canonical text",
        arguments: zip(
            [
                "1+2*3", "sum(x)by(a,b)", "a{b='c',}[5m]offset 1h@5", "-  1h30m", "{\"a\",b=\"\"}",
                "x*on(a)group_left y",
                "topk without(\"a b\",without2)(3,x)", "x[300s:60000ms]", "x[  step( )+1m ]", "0x10", "1e20",
                "NaN", "-Inf",
                "'it\"s'", "x+fill_left(0)fill_right(0)y", "x @ 1700000000.123", "HOLT_WINTERS",
                "x offset (1m)*2",
                "min_of(1,2)",
            ],
            [
                "1 + 2 * 3", "sum by (a, b) (x)", "a{b=\"c\"}[5m] offset 1h @ 5", "-1h30m",
                "{__name__=\"a\", b=\"\"}",
                "x * on (a) group_left () y", "topk without (\"a b\", without2) (3, x)", "x[5m:1m]",
                "x[step() + 1m]", "16",
                "1e+20", "NaN", "-Inf", "\"it\\\"s\"", "x + fill (0) y", "x @ 1700000000.123", "HOLT_WINTERS",
                "x offset ((1m) * 2)", "min_of(1, 2)",
            ]))
    func canonical(_ text: String, _ printed: String) throws {
        #expect(print(try parse(text, allowsExperimental: true)) == printed)
    }

    @Test("expressions put together by hand keep their meaning")
    func byHand() throws {
        func number(_ value: Double) -> Expression {
            Expression(.number(value, writtenAsDuration: false), at: 0..<0)
        }
        func binary(_ operation: BinaryOperator, _ left: Expression, _ right: Expression) -> Expression {
            let parts = BinaryOperation(
                operation: operation, left: left, right: right, returnsBool: false, matching: VectorMatching()
            )
            return Expression(.binary(parts), at: 0..<0)
        }
        let sum = binary(.add, number(1), number(2))
        #expect(print(binary(.multiply, sum, sum)) == "(1 + 2) * (1 + 2)")
        #expect(print(binary(.power, number(-1), number(-2))) == "(-1) ^ -2")
        #expect(print(binary(.subtract, sum, sum)) == "1 + 2 - (1 + 2)")
        #expect(print(Expression(.unary(.minus, sum), at: 0..<0)) == "-(1 + 2)")
    }

    @Test("parse(print(e)) == e for the module's own expressions")
    func ownLaw() throws {
        let lines = TestFiles.text(TestFiles.folder + "/Expressions.txt").split(separator: "\n")
            .filter { !$0.hasPrefix("#") }
        #expect(lines.count >= 200)
        for line in lines { expectLaw(String(line)) }
    }

    private func expectLaw(_ text: String) {
        do throws(ParseError) {
            let expression = try parse(text, allowsExperimental: true)
            let printed = print(expression)
            let again = try parse(printed, allowsExperimental: true)
            #expect(again == expression, "\(text) printed as \(printed)")
            #expect(print(again) == printed)
        } catch {
            Issue.record("\(problem(error, in: text)) in \(text)")
        }
    }

    // MARK: Expressions written by others

    static let scripts = TestFiles.shared + "/promql"
    static let rules = TestFiles.shared + "/rules"
    static let dashboards = TestFiles.shared + "/grafana"

    @Test(
        "… of Prometheus' scripts", .enabled(if: TestFiles.isPresent(scripts), "skipped: no ../shared/promql")
    )
    func scriptsLaw() {
        var count = 0
        for file in TestFiles.files(below: Self.scripts, endings: [".test"]) {
            for expression in scriptExpressions(TestFiles.text(file)) {
                expectLaw(expression)
                count += 1
            }
        }
        #expect(count > 1500)
    }

    @Test("… of rule files", .enabled(if: TestFiles.isPresent(rules), "skipped: no ../shared/rules"))
    func rulesLaw() throws {
        var count = 0
        // Another program's language, and files that Prometheus refuses as well.
        let refused = ["victoria-metrics.yml", "rulesfile_invalid", "rules-bad", "bad-promql"]
        for file in TestFiles.files(below: Self.rules, endings: [".yml", ".yaml"])
        where !refused.contains(where: file.contains) {
            for expression in ruleExpressions(Array(TestFiles.text(file).utf8)) {
                expectLaw(expression)
                count += 1
            }
        }
        #expect(count > 1700)
    }

    @Test("… of dashboards", .enabled(if: TestFiles.isPresent(dashboards), "skipped: no ../shared/grafana"))
    func dashboardsLaw() throws {
        var count = 0
        var refused: [String] = []
        for file in TestFiles.files(below: Self.dashboards, endings: [".json"]) {
            let dashboard = try JSONValue.parse(Array(TestFiles.text(file).utf8), file: file)
            for text in dashboardExpressions(dashboard) {
                let candidates = [("5m", "x"), ("1", "1"), ("x", "x")].map {
                    replacingVariables(text, $0.0, $0.1)
                }
                let parsed = candidates.first { (try? parse($0, allowsExperimental: true)) != nil }
                if let parsed {
                    expectLaw(parsed)
                } else {
                    refused.append("\(file): \(text) → \(candidates[0])")
                }
                count += 1
            }
        }
        #expect(count > 2300)
        // Not PromQL: MetricsQL (`buckets_limit`), LogQL (`| json`), a range over a product, `or` with a number.
        let others = ["buckets_limit", "| json", "or 0", "kube_pod_labels{label_spark_role=\"driver\"}[5m]"]
        let unknown = refused.filter { text in !others.contains(where: text.contains) }
        #expect(unknown.isEmpty, "\(unknown.joined(separator: "\n"))")
    }

    private func scriptExpressions(_ text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard let first = words.first, first == "eval" || first.hasPrefix("eval_") else { return nil }
            let skipped =
                words.count > 1 && words[1] == "range" ? 8 : words.count > 2 && words[2] == "at" ? 4 : 2
            return words.count > skipped ? words[skipped...].joined(separator: " ") : nil
        }
    }

    /// The texts of all `expr:` fields, wherever they stand.
    private func ruleExpressions(_ bytes: [UInt8]) -> [String] {
        var found: [String] = []
        func walk(_ node: YAMLNode) {
            switch node.content {
            case .scalar: break
            case .sequence(let items): items.forEach(walk)
            case .mapping(let entries):
                for entry in entries {
                    if entry.name == "expr", case .scalar(let scalar) = entry.value.content {
                        found.append(scalar.text)
                    }
                    walk(entry.value)
                }
            }
        }
        if let document = try? YAMLNode(parsing: bytes) { walk(document) }
        return found
    }

    /// The expressions of a dashboard's targets; those for other databases than Prometheus are left out.
    private func dashboardExpressions(_ dashboard: JSONValue) -> [String] {
        var found: [String] = []
        func walk(_ value: JSONValue, _ source: String) {
            if let object = value.object {
                var source = source
                if let named = object["datasource"] {
                    source = named["type"]?.string ?? named.string ?? source
                }
                let isOther = ["influxdb", "loki", "LOKI", "elasticsearch"].contains(where: source.contains)
                if !isOther, let text = object["expr"]?.string, !text.isEmpty { found.append(text) }
                for (_, inner) in object { walk(inner, source) }
            }
            for inner in value.elements { walk(inner, source) }
        }
        walk(dashboard, "")
        return found
    }

    /// Puts `duration` where a length of time must stand and `other` elsewhere for every variable of Grafana's.
    private func replacingVariables(_ text: String, _ duration: String, _ other: String) -> String {
        var result = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(where: { $0 == "$" || $0 == "[" }) {
            result += rest[..<dollar]
            rest = rest[dollar...]
            var name = ""
            if rest.hasPrefix("${"), let end = rest.firstIndex(of: "}") {
                name = String(rest[..<end])
                rest = rest[rest.index(after: end)...]
            } else if rest.hasPrefix("[["), let end = rest.firstIndex(of: "]") {
                name = String(rest[..<end])
                rest = rest[end...].dropFirst(2)
            } else if rest.hasPrefix("$"), rest.dropFirst().first.map({ $0.isLetter || $0 == "_" }) == true {
                let end =
                    rest.dropFirst().firstIndex { !($0.isLetter || $0.isNumber || $0 == "_") }
                    ?? rest.endIndex
                name = String(rest[..<end])
                rest = rest[end...]
            } else {
                result.append(rest.removeFirst())
                continue
            }
            let before = result.last { $0 != " " }
            if name.contains("_s") && name.hasPrefix("$__") || name.hasSuffix("_ms") {
                result += "60"
            } else if before == "[" || before == ":" || name.contains("__rate_interval")
                || name.contains("__range") || name.contains("__interval")
            {
                result += duration
            } else {
                result += other
            }
        }
        return result + rest
    }
}
