import MetricModel
import Testing

@testable import PromQL

@Suite("conformance scripts")
struct ScriptTests {
    private func commands(_ text: String) -> [ConformanceScript.Command] {
        ConformanceScript(parsing: text, file: "a.test").commands
    }

    private func onlyCase(_ text: String) throws -> ConformanceScript.Case {
        let all = commands(text)
        try #require(all.count == 1)
        guard case .evaluate(let example) = all[0] else {
            Issue.record("\(all[0])")
            throw ParseError("no case", at: 0..<0)
        }
        return example
    }

    @Test("loads")
    func loads() throws {
        let all = commands(
            """
            clear
            load 5m
              x{a="1"}  1 2
              x@st      _ -1m
              x         3 4
              x         5 6
            # the end
            load_with_nhcb 30s
            	y_bucket{le="1"} 0+1x2

            """)
        try #require(all.count == 3)
        guard case .clear = all[0], case .load(let first) = all[1], case .load(let second) = all[2] else {
            Issue.record("\(all)")
            return
        }
        #expect(first.step == .minutes(5))
        #expect(first.series.map(\.labels.description) == ["x{a=\"1\"}", "x"])
        #expect(first.series[1].values == [.number(5), .number(6)])
        #expect(second.derivesHistograms && second.step == .seconds(30))
    }

    @Test("cases")
    func cases() throws {
        let instant = try onlyCase(
            "\n  eval instant at 50m  sum by (a) (x) # not cut\n  {a=\"1\"} 5\n  y -Inf")
        #expect(instant.line == 2)
        #expect(instant.expression == "sum by (a) (x) # not cut")
        #expect(instant.expectation.series.count == 2)
        guard case .instant(let time) = instant.time else { throw ParseError("no instant", at: 0..<0) }
        #expect(time == Timestamp(milliseconds: 3_000_000))

        let range = try onlyCase("eval range from 0 to 1h step 15m x\n expect no_warn\n x 1 _ 3x2")
        guard case .range(let start, let end, let step) = range.time else {
            throw ParseError("no range", at: 0..<0)
        }
        #expect(start.milliseconds == 0 && end.milliseconds == 3_600_000 && step == .minutes(15))
        #expect(range.expectation.forbidsWarnings && !range.expectation.forbidsInfos)
        #expect(range.expectation.series[0].values.count == 5)

        let scalar = try onlyCase("eval instant at 1000 1 + 1\n\t2")
        #expect(scalar.expectation.scalar == 2)
        let string = try onlyCase("eval instant at 0 \"a b\"\n expect string `a b`")
        #expect(string.expectation.string == "a b")
        let matrix = try onlyCase(
            "eval instant at 3m x[3m]\n expect range vector from 1m to 3m step 60s\n x 1 _ 3")
        guard case .instant(let end) = matrix.time else { throw ParseError("no instant", at: 0..<0) }
        #expect(end.milliseconds == 180_000 && matrix.expectation.rangeVector?.step == .minutes(1))
    }

    @Test("expected failures and annotations")
    func expectations() throws {
        #expect(try onlyCase("eval_fail instant at 0 x").expectation.failure?.matches("anything") == true)
        #expect(try onlyCase("eval_ordered instant at 0 x").expectation.isOrdered)
        let exact = try onlyCase("eval instant at 0 x\n expect fail msg: it broke").expectation
        #expect(exact.failure?.matches("it broke") == true && exact.failure?.matches("it broke!") == false)
        let pattern = try onlyCase(
            "eval instant at 0 x\n expect warn regex: b.oke\n expect info\n expect ordered"
        ).expectation
        #expect(pattern.warnings[0].matches("it broke!") && !pattern.warnings[0].matches("fine"))
        #expect(pattern.infos.count == 1 && pattern.isOrdered)
        let old = try onlyCase("eval_fail instant at 0 x\n expected_fail_message it broke").expectation
        #expect(old.failure?.matches("broke") == false)
    }

    @Test(
        "a block that cannot be read costs only itself",
        arguments: [
            "nonsense", "load", "load x", "load 0s", "load 5m\n x{ 1", "load 5m\n x@st 1m", "eval",
            "eval instant at x y",
            "eval instant at 5m", "eval range from 0 to 5m x", "eval range from 5m to 0 step 1m x",
            "eval instant at 0 x\n x 1 2", "eval instant at 0 x\n expect nothing",
            "eval instant at 0 x\n expect warn mag: x",
            "eval instant at 0 x\n expect fail regex: [", "eval instant at 0 x\n what is this",
            "eval instant at 0 x\n x 1 é",
        ])
    func malformed(_ block: String) {
        let all = commands("clear\n\n\(block)\n\nclear")
        #expect(all.count == 3)
        guard all.count == 3, case .clear = all[0], case .malformed(let mistake) = all[1],
            case .clear = all[2]
        else {
            Issue.record("\(all)")
            return
        }
        #expect(mistake.line >= 3 && !mistake.reason.isEmpty)
    }

    @Test("expressions are pinned as Prometheus' runner does it")
    func pinning() throws {
        let time = Timestamp(milliseconds: 10_000)
        let pairs: KeyValuePairs = [
            "x": "x @ 10", "x @ 5": "x @ 5", "x @ start()": "x @ 10", "sum(x[5m] offset 1m)": "!",
            "rate(x[5m] offset 1m) + 1": "rate(x[5m] offset 1m @ 10) + 1",
            "max_over_time(rate(x[1m])[5m:] @ 7)": "max_over_time(rate(x[1m])[5m:] @ 7)",
            "max_over_time(rate(x[1m])[5m:])": "max_over_time(rate(x[1m])[5m:] @ 10)",
            "-(x) / topk(scalar(y), z)": "-(x @ 10) / topk(scalar(y @ 10), z @ 10)",
        ]
        for (text, pinned) in pairs where pinned != "!" {
            #expect(print(try parse(text).pinned(at: time)) == pinned)
        }
        for text in ["time()", "x + hour()", "sum(predict_linear(x[5m], 1))"] {
            #expect(try parse(text).dependsOnTime, "\(text)")
        }
        for text in ["x", "max_over_time(vector(time())[5m:])"] {
            #expect(try !parse(text).dependsOnTime, "\(text)")
        }
        for text in [
            "start()", "x @ end()", "x[step()]", "x offset -range()", "max_over_time(x[5m:step()])",
            "-(x @ start())",
        ] {
            #expect(try parse(text, allowsExperimental: true).dependsOnRange, "\(text)")
        }
    }

    @Test("the report ends in the counts")
    func reports() {
        let mismatch = CaseOutcome.Mismatch(expected: "x 1\nx 2", got: "nothing", circumstance: "pinned")
        let outcomes = [
            CaseOutcome(file: "a.test", line: 1, expression: "x", verdict: .passed),
            CaseOutcome(file: "a.test", line: 3, expression: "y", verdict: .failed(mismatch)),
            CaseOutcome(file: "a.test", line: 9, expression: "z", verdict: .skipped(reason: "later")),
        ]
        #expect(
            report(outcomes) == [
                "a.test:3: y", "  pinned", "  expected: x 1", "            x 2", "  got:      nothing",
                "1 skipped: later",
                "1 passed, 1 failed, 1 skipped",
            ])
        #expect(report([]) == ["0 passed, 0 failed"])
    }

    // MARK: Scripts written by others

    static let shared = TestFiles.shared + "/promql"

    @Test(
        "Prometheus' scripts are read whole",
        .enabled(if: TestFiles.isPresent(shared), "skipped: no ../shared/promql"))
    func sharedScripts() {
        var counts = (floats: 0, histograms: 0)
        for file in TestFiles.files(below: Self.shared, endings: [".test"]) {
            for command in ConformanceScript(parsing: TestFiles.text(file), file: file).commands {
                switch command {
                case .evaluate:
                    if file.contains("/native_histograms") {
                        counts.histograms += 1
                    } else {
                        counts.floats += 1
                    }
                case .malformed(let block):
                    Issue.record("\(file):\(block.line): \(block.text): \(block.reason)")
                case .clear, .load: break
                }
            }
        }
        #expect(counts.floats == 904)
        #expect(counts.histograms == 646)
    }
}
