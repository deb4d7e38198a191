import MetricModel
import Testing

@testable import PromQL

@Suite("answers as text")
struct EvaluatorOutputTests {
    @Test(
        "numbers as Prometheus writes them",
        arguments: [
            (0.0, "0", "0"), (-0.0, "-0", "-0"), (1, "1", "1"), (-1.5, "-1.5", "-1.5"), (0.1, "0.1", "0.1"),
            (100_000, "100000", "100000"), (1e6, "1000000", "1000000"),
            (123_456_789.25, "123456789.25", "123456789.25"),
            (1e20, "100000000000000000000", "100000000000000000000"),
            (1e21, "1e+21", "1000000000000000000000"),
            (1.5e300, "1.5e+300", "15" + String(repeating: "0", count: 299)),
            (0.000001, "0.000001", "0.000001"),
            (0.00000123, "0.00000123", "0.00000123"), (1.5e-7, "1.5e-07", "0.00000015"),
            (-2.5e-10, "-2.5e-10", "-0.00000000025"),
            (.leastNonzeroMagnitude, "5e-324", "0." + String(repeating: "0", count: 323) + "5"),
            (9_007_199_254_740_992, "9007199254740992", "9007199254740992"), (.nan, "NaN", "NaN"),
            (.infinity, "+Inf", "+Inf"), (-.infinity, "-Inf", "-Inf"),
            (2.0 / 3, "0.6666666666666666", "0.6666666666666666"),
            (
                1.7976931348623157e308, "1.7976931348623157e+308",
                "17976931348623157" + String(repeating: "0", count: 292)
            ),
        ])
    func numbers(_ value: Double, _ inAnswer: String, _ decimal: String) {
        #expect(NumberText.value(value) == inAnswer)
        #expect(NumberText.decimal(value) == decimal)
    }

    @Test(
        "numbers in messages",
        arguments: [
            (1.1, "1.1", "1.1"), (100_000, "100000", "1e+05"), (1_000_000, "1e+06", "1e+06"),
            (0.0001, "0.0001", "0.0001"),
            (0.00001, "1e-05", "1e-05"), (-3, "-3", "-3"), (.nan, "NaN", "NaN"),
            (123.456, "123.456", "1.2e+02"),
            (0.0456, "0.0456", "0.046"),
        ])
    func messages(_ value: Double, _ general: String, _ twoDigits: String) {
        #expect(NumberText.general(value) == general)
        #expect(NumberText.twoDigits(value) == twoDigits)
    }

    @Test("labels of quantiles")
    func openMetrics() {
        #expect(
            [1, 0.5, 0, 1e7, .infinity].map(NumberText.openMetrics) == ["1.0", "0.5", "0.0", "1e+07", "+Inf"])
    }

    private let labels: LabelSet = ["__name__": "up", "job": "a\"\\b\n\u{1b}ü"]

    @Test("JSON of Prometheus' HTTP API")
    func json() {
        let time = Timestamp(milliseconds: 1_500)
        #expect(
            prometheusJSON(QueryResult(value: .scalar(Sample(time, 2))))
                == #"{"status":"success","data":{"resultType":"scalar","result":[1.500,"2"]}}"#)
        #expect(
            prometheusJSON(QueryResult(value: .string(Timestamp(milliseconds: -1005), "x")))
                == #"{"status":"success","data":{"resultType":"string","result":[-1.005,"x"]}}"#)
        let element = VectorElement(
            labels: labels, timestamp: Timestamp(milliseconds: 2000), value: .infinity)
        #expect(
            prometheusJSON(QueryResult(value: .vector([element])))
                == #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a\"\\b\n\u001bü"},"value":[2,"+Inf"]}]}}"#
        )
        var points = SampleBuffer()
        points.append(1000, 1)
        points.append(2000, 2.5)
        let annotations = [
            Annotation(severity: .warning, message: "w", position: 2..<3),
            Annotation(severity: .info, message: "i", position: 0..<3),
        ]
        let result = QueryResult(
            value: .matrix([RangeSeries(labels: .empty, points: points)]), annotations: annotations)
        #expect(
            prometheusJSON(result, query: "a\nb")
                == #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"],[2,"2.5"]]}]},"warnings":["w (2:1)"],"infos":["i (1:1)"]}"#
        )
        #expect(
            prometheusJSON(QueryResult(value: .vector([])))
                == #"{"status":"success","data":{"resultType":"vector","result":[]}}"#)
    }

    @Test("tables do not steer the terminal")
    func table() {
        let elements = [
            VectorElement(labels: labels, timestamp: Timestamp(milliseconds: 0), value: 10),
            VectorElement(labels: ["__name__": "b"], timestamp: Timestamp(milliseconds: 0), value: 2.5),
        ]
        #expect(
            queryTable(QueryResult(value: .vector(elements)))
                == "up{job=\"a\\\"\\\\b\\n\\x1bü\"}   10\nb                        2.5\n")
        var points = SampleBuffer()
        points.append(1_700_000_000_000, 1)
        points.append(1_700_000_015_250, .nan)
        #expect(
            queryTable(QueryResult(value: .matrix([RangeSeries(labels: ["a": "b"], points: points)])))
                == "{a=\"b\"}\n  2023-11-14T22:13:20Z  1\n  2023-11-14T22:13:35.250Z  NaN\n")
        #expect(queryTable(QueryResult(value: .scalar(Sample(Timestamp(milliseconds: 0), 1)))) == "1\n")
    }

    @Test("CSV")
    func csv() {
        let elements = [
            VectorElement(
                labels: ["__name__": "a", "l": "x,\"y\""], timestamp: Timestamp(milliseconds: 1500), value: 1),
            VectorElement(labels: ["m": "z"], timestamp: Timestamp(milliseconds: 1500), value: 2),
        ]
        #expect(
            queryCSV(QueryResult(value: .vector(elements)))
                == "__name__,l,m,timestamp,value\r\na,\"x,\"\"y\"\"\",,1.500,1\r\n,,z,1.500,2\r\n")
        #expect(
            queryCSV(QueryResult(value: .string(Timestamp(milliseconds: 0), "a\nb")))
                == "timestamp,value\r\n0,\"a\nb\"\r\n")
    }

    @Test(
        "the order of people",
        arguments: [
            ("a2", "a10", true), ("a10", "a2", false), ("a", "a1", true), ("1.2.3", "1.11.3", true),
            ("4m5", "4m600", true),
            ("a01b", "a1c", true), ("a1", "a01", true), ("a01", "a1", false), ("", "a", true),
            ("x9z", "x10a", true),
            ("99999999999999999999999", "9", false),
        ])
    func naturalOrder(_ a: String, _ b: String, _ isLess: Bool) {
        #expect(NaturalOrder.isLess(a, b) == isLess)
    }

    @Test("days of the calendar")
    func dates() {
        for (seconds, year, month, day, yearDay, weekday) in [
            (0.0, 1970.0, 1.0, 1.0, 1.0, 4.0), (-1, 1969, 12, 31, 365, 3), (951_782_400, 2000, 2, 29, 60, 2),
            (4_107_542_400, 2100, 3, 1, 60, 1), (1_709_164_800, 2024, 2, 29, 60, 4),
        ] {
            #expect(DatePart.year.value(ofSeconds: seconds) == year)
            #expect(DatePart.month.value(ofSeconds: seconds) == month)
            #expect(DatePart.dayOfMonth.value(ofSeconds: seconds) == day)
            #expect(DatePart.dayOfYear.value(ofSeconds: seconds) == yearDay)
            #expect(DatePart.dayOfWeek.value(ofSeconds: seconds) == weekday)
        }
        #expect(DatePart.daysInMonth.value(ofSeconds: 951_782_400.0) == 29)
        #expect(
            DatePart.hour.value(ofSeconds: -1.0 as Double) == 23
                && DatePart.minute.value(ofSeconds: 3599.9) == 59)
        for value in [Double.nan, .infinity, -.infinity, 1e300] { _ = DatePart.year.value(ofSeconds: value) }
    }
}
