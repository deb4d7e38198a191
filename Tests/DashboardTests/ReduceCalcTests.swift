import Testing

@testable import Dashboard

struct CalcCase: Sendable, CustomStringConvertible {
    var id: String
    var values: [Double?]
    var result: FieldValue

    init(_ id: String, _ values: [Double?], _ result: FieldValue) {
        self.id = id
        self.values = values
        self.result = result
    }

    var description: String { "\(id) \(values)" }
}

private let mixed: [Double?] = [nil, 3, 1, nil, 4, 1, nil]

@Test(
    "calculations",
    arguments: [
        CalcCase("lastNotNull", mixed, .number(1)), CalcCase("current", mixed, .number(1)),
        CalcCase("last", mixed, .null), CalcCase("first", mixed, .null),
        CalcCase("firstNotNull", mixed, .number(3)),
        CalcCase("min", mixed, .number(1)), CalcCase("max", mixed, .number(4)),
        CalcCase("mean", mixed, .number(2.25)),
        CalcCase("avg", mixed, .number(2.25)), CalcCase("sum", mixed, .number(9)),
        CalcCase("total", [], .number(0)),
        CalcCase("count", mixed, .number(4)), CalcCase("range", mixed, .number(3)),
        CalcCase("median", mixed, .number(2)),
        CalcCase("diff", mixed, .number(-2)), CalcCase("diffperc", [2, 3], .number(0.5)),
        CalcCase("delta", [1, 4, 2, 5], .number(8)), CalcCase("delta", [1, 4, 2], .number(5)),
        CalcCase("step", [1, 4, 6], .number(2)), CalcCase("logmin", [0, 5, 2], .number(2)),
        CalcCase("allIsZero", [0, nil, 0], .bool(true)), CalcCase("allIsNull", [nil], .bool(true)),
        CalcCase("allIsZero", [nil], .bool(false)), CalcCase("changeCount", [1, 1, 2, nil, 2], .number(3)),
        CalcCase("distinctCount", [1, 1, 2, nil], .number(3)), CalcCase("variance", [1, 3], .number(1)),
        CalcCase("stdDev", [1, 3], .number(1)), CalcCase("p90", (1...10).map(Double.init), .number(9)),
        CalcCase("p50", [3, 1, 2], .number(2)), CalcCase("max", [.nan, 2], .number(2)),
        CalcCase("min", [], .null),
        CalcCase("mean", [], .null), CalcCase("lastNotNull", [], .null),
    ])
func calculations(_ example: CalcCase) throws {
    let calc = try #require(ReduceCalc(example.id))
    #expect(calc.reduce(.numbers(example.values)) == example.result)
}

@Test func unknownCalculationsAreNone() {
    for id in ["", "p0", "p100", "px", "average"] { #expect(ReduceCalc(id) == nil) }
}

@Test func calculationsOfTextAndTimes() {
    #expect(ReduceCalc.lastNotNull.reduce(.texts(["a", nil])) == .text("a"))
    #expect(ReduceCalc.max.reduce(.texts(["a", "c", "b"])) == .text("c"))
    #expect(ReduceCalc.max.reduce(.times([1, 5, nil])) == .time(5))
    #expect(ReduceCalc.range.reduce(.times([1, 5])) == .number(4))
    #expect(ReduceCalc.count.reduce(.bools([true, nil])) == .number(1))
    #expect(ReduceCalc.uniqueValues.reduce(.texts(["a", "b", "a"])) == .text("a, b"))
}
