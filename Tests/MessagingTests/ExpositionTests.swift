import Messaging
import MetricModel
import Testing

private let now = Timestamp(milliseconds: 1_790_899_205_000)

@Test("a text read in pieces gives what it gives in one", arguments: [1, 2, 7, 64, 4_096])
func piecesGiveTheSame(_ size: Int) throws {
    let texts =
        GoldenMessage.all("openmetrics").map { ($0, MessageFormat.openMetrics) }
        + GoldenMessage.all("prometheus").map { ($0, MessageFormat.prometheusText) }
    for (golden, format) in texts {
        let whole = read(golden.body, format, pieces: golden.body.count + 1)
        let pieces = read(golden.body, format, pieces: size)
        #expect(pieces == whole, "\(golden.testDescription)")
    }
}

/// All series of a text, samples of the same series joined, or the refusal.
private func read(_ text: [UInt8], _ format: MessageFormat, pieces size: Int) -> String {
    var reader = ExpositionReader(format, time: now)
    var series: [(LabelSet, [Sample])] = []
    var parts: [String] = []
    func take(_ message: DecodedMessage) {
        for one in message.series {
            if series.last?.0 == one.labels {
                series[series.count - 1].1 += one.samples
            } else {
                series.append((one.labels, one.samples))
            }
        }
        parts += message.refusedParts.map(\.description)
    }
    do throws(Refusal) {
        for start in stride(from: 0, to: text.count, by: size) {
            take(try reader.read(Array(text[start..<min(text.count, start + size)])))
        }
        take(try reader.finish())
    } catch {
        return "\(error)"
    }
    return series.map { "\($0.0) \($0.1.map { "\($0.timestamp) \($0.value.bitPattern)" })" }.joined(
        separator: "\n")
        + parts.joined(separator: "\n")
}

@Test func numbersInExpositions() {
    let cases: [(String, Double?)] = [
        ("1", 1), ("-1.5e3", -1500), (".5", 0.5), ("5.", 5), ("+7", 7), ("1e400", .infinity),
        ("-1e400", -.infinity),
        ("0x10", nil), ("1_0", nil), ("", nil), ("+", nil), (".", nil), ("e5", nil), ("1e", nil),
        ("1e+", nil),
        ("--1", nil), ("1.2.3", nil), ("+Inf", .infinity), ("-iNf", -.infinity), ("INFINITY", .infinity),
        ("infin", nil), ("-NaN", nil), ("0.30000000000000004", 0.30000000000000004),
        ("00012", 12), ("1e-400", 0), ("12345678901234567890123", 1.2345678901234568e22),
    ]
    for (text, expected) in cases {
        let decoded = read(Array("a \(text)\n".utf8), .prometheusText, pieces: 100)
        if let expected {
            #expect(
                decoded == "{__name__=\"a\"}" || decoded.contains("\(expected.bitPattern)"),
                "\(text): \(decoded)")
        } else {
            #expect(!decoded.contains("ms"), "\(text): \(decoded)")
        }
    }
}

@Test(
    "bounds are written as Prometheus 3 writes them",
    arguments: [
        (0.0, "0.0"), (1, "1.0"), (-1, "-1.0"), (0.5, "0.5"), (100_000, "100000.0"), (999_999, "999999.0"),
        (1_000_000, "1e+06"), (1_234_567, "1.234567e+06"), (0.0001, "0.0001"), (0.00001, "1e-05"),
        (1.5e-7, "1.5e-07"), (1e100, "1e+100"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        (123.456, "123.456"), (2.5e20, "2.5e+20"), (.leastNonzeroMagnitude, "5e-324"), (10, "10.0"),
        (0.025, "0.025"),
    ])
func writesBounds(_ value: Double, _ text: String) {
    #expect(prometheusNumber(value) == text)
}

private let recorded =
    String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/")!)) + "/../../../shared/real/spark-exposition/"

@Test(
    "expositions recorded from a real Spark are read whole",
    .enabled(
        if: !fileNames(recorded).isEmpty, "skipped: the recorded expositions are not beside the repository"))
func readsRecordedExpositions() throws {
    for name in fileNames(recorded) where name.hasSuffix(".txt") {
        let text = try #require(readFile(recorded + name))
        var delivery = Delivery(received: now, routingKey: "metrics.acme.eu.spark.streaming", body: text)
        delivery.properties.contentType = "text/plain; version=0.0.4"
        var decoder = MessageDecoder()
        let message = try decoder.decode(delivery)
        let lines = text.split(separator: 0x0a).count { $0.first != UInt8(ascii: "#") }
        #expect(
            message.series.map(\.samples.count).reduce(0, +) == lines && message.refusedPartCount == 0,
            "\(name)")
    }
}
