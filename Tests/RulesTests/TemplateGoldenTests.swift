import MetricModel
import PromQL
import Testing

@testable import Rules

/// One block of a golden file: what follows `---`, the text before `===` and the text after it.
struct GoldenBlock: Sendable, CustomTestStringConvertible {
    var head: String
    var input: String
    var output: String
    var testDescription: String { input }

    static func read(_ name: String) -> [GoldenBlock] {
        let text = readFile(goldenFolder + "/" + name) ?? ""
        var blocks: [GoldenBlock] = []
        for part in ("\n" + text).split(separatorText: "\n---").dropFirst() {
            let lines = part.split(separator: "\n", omittingEmptySubsequences: false)
            guard let middle = lines.firstIndex(of: "===") else { continue }
            blocks.append(
                GoldenBlock(
                    head: lines[0].drop { $0 == " " }.description,
                    input: lines[1..<middle].joined(separator: "\n"),
                    output: lines[(middle + 1)...].joined(separator: "\n")))
        }
        return blocks
    }
}

private let series: [String: [VectorElement]] = {
    let a = VectorElement(
        labels: ["__name__": "up", "instance": "a", "job": "x"], timestamp: .init(milliseconds: 0), value: 0.5
    )
    let b = VectorElement(
        labels: ["__name__": "up", "instance": "b", "job": "y"], timestamp: .init(milliseconds: 0), value: 1)
    let sum = VectorElement(labels: .empty, timestamp: .init(milliseconds: 0), value: 1.5)
    return [
        "up": [b, a], "up{instance=\"a\"}": [a], "up{instance='a'}": [a], "sum(up)": [sum],
        "scalar(sum(up))": [sum],
    ]
}()

private func expand(_ text: String, value: Double, number: String) throws -> String {
    let template = try Template(text, ofAlert: "T")
    let data = AlertTemplateData(
        labels: [
            "__name__": "m", "case": number, "instance": "web-1.example.com:9100", "job": "api",
            "x": "<a&'b>",
        ],
        externalLabels: ["env": "prod", "region": "eu"], value: value)
    let context = TemplateContext(now: Timestamp(seconds: 90)) { series[$0] ?? [] }
    return template.expanded(data, in: context)
}

@Test("templates expand as in Prometheus", arguments: GoldenBlock.read("templates.txt"))
func goldenTemplate(_ block: GoldenBlock) throws {
    let head = block.head.split(separator: " ")
    let value = try #require(head.first.flatMap { parsedFloat(String($0)) })
    #expect(try expand(block.input, value: value, number: String(head[1])) == block.output)
}

@Test(
    "templates that Prometheus refuses are refused for the same reason",
    arguments: GoldenBlock.read("refused-templates.txt"))
func refusedTemplate(_ block: GoldenBlock) throws {
    #expect {
        try Template(block.input, ofAlert: "T")
    } throws: {
        #expect(($0 as? TemplateError)?.message == block.output)
        return true
    }
}
