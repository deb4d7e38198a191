import MetricModel
import PromQL
import Testing

@testable import Rules

private let data = AlertTemplateData(
    labels: ["job": "api"], externalURL: "https://planes.example.org/top?x=1", value: 2)

private func expand(_ text: String, limits: TemplateLimits = TemplateLimits()) -> String {
    do {
        let template = try Template(text, ofAlert: "T")
        let context = TemplateContext(
            now: Timestamp(milliseconds: 1_700_000_000_500), externalURL: data.externalURL)
        return template.expanded(data, in: context, limits: limits)
    } catch {
        return "refused: \(error.message)"
    }
}

/// What Prometheus 3 and newer Go have and promtool 2.42 has not.
@Test(
    "newer functions",
    arguments: [
        ("{{ now }}", "1.7000000005e+09"),
        ("{{ now | humanizeTimestamp }}", "2023-11-14 22:13:20.5 +0000 UTC"),
        ("{{ (toTime now).Format \"15:04\" }}", "22:13"),
        ("{{ toDuration 90 }} {{ (toDuration 90).Minutes }} {{ (toDuration 1.5).String }}", "1m30s 1.5 1.5s"),
        (
            "{{ toDuration 0 }} {{ toDuration 0.000001 }} {{ toDuration 0.25 }} {{ toDuration -3661 }}",
            "0s 1µs 250ms -1h1m1s"
        ),
        ("{{ (toDuration 100).Truncate 60000000000 }} {{ (toDuration 100).Round 60000000000 }}", "1m0s 2m0s"),
        (
            "{{ parseDurationTime \"1h5m\" }} {{ humanizeDuration (parseDurationTime \"90s\") }}",
            "1h5m0s 1m 30s"
        ),
        (
            "{{ (toTime 100).Add (parseDurationTime \"1m\") | printf \"%s\" }}",
            "1970-01-01 00:02:40 +0000 UTC"
        ),
        ("{{ (toTime 3700).Truncate (parseDurationTime \"1h\") }}", "1970-01-01 01:00:00 +0000 UTC"),
        ("{{ urlQueryEscape \"a b&c\" }}", "a+b%26c"),
        (
            "{{ externalURL }} {{ $externalURL }} {{ pathPrefix }}",
            "https://planes.example.org/top?x=1 https://planes.example.org/top?x=1 /top"
        ),
        ("{{ range 3 }}{{ . }}{{ end }} {{ range $i := 2 }}{{ $i }}{{ end }}", "012 01"),
        ("{{ with $labels.nope }}a{{ else with $labels.job }}b {{ . }}{{ else }}c{{ end }}", "b api"),
        ("{{ (index (args 1 \"x\") \"arg1\") }}", "x"),
        ("plain text {not} a template }}", "plain text {not} a template }}"),
        (
            "{{ .Foo }}",
            "<error expanding template: error executing template __alert_T: template: __alert_T:1:115: "
                + "executing \"__alert_T\" at <.Foo>: can't evaluate field Foo in type struct { Labels "
                + "map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }>"
        ),
    ]
)
func newerFunction(_ text: String, _ expected: String) {
    #expect(expand(text) == expected)
}

private func failure(_ what: String) -> String {
    "<error expanding template: error executing template __alert_T: \(what)>"
}

@Test func limitsEndInAnErrorInPlace() {
    var limits = TemplateLimits()
    limits.outputMax = 10
    #expect(expand("{{ printf \"%20d\" 1 }}", limits: limits).hasSuffix("the text has more than 10 bytes>"))
    #expect(
        expand("{{ reReplaceAll \"\" \"xxxx\" \"abcdef\" }}", limits: limits).hasSuffix(
            "the text has more than 10 bytes>"))
    limits = TemplateLimits()
    limits.iterationsMax = 5
    #expect(
        expand("{{ range 100 }}{{ end }}", limits: limits).hasSuffix("range goes round more than 5 times>"))
    #expect(
        expand("{{ range 3 }}{{ range 3 }}{{ end }}{{ end }}", limits: limits)
            .hasSuffix("range goes round more than 5 times>"))
    limits = TemplateLimits()
    limits.queriesMax = 2
    #expect(
        expand("{{ range 3 }}{{ query \"up\" }}{{ end }}", limits: limits).hasSuffix("more than 2 queries>"))
    #expect(
        expand("{{ define \"R\" }}{{ template \"R\" }}{{ end }}{{ template \"R\" }}")
            .hasSuffix("exceeded maximum template depth (100)>"))
    limits = TemplateLimits()
    limits.workMax = 1 << 20
    // Nothing of this would ever be written: values that double, calls that double, values that hold themselves twice.
    for text in [
        "{{ define \"R\" }}{{ template \"R\" (print . .) }}{{ end }}{{ template \"R\" \"a\" }}",
        "{{ define \"R\" }}{{ template \"R\" (js .) }}{{ end }}{{ template \"R\" \"\\\\\" }}",
        "{{ define \"R\" }}{{ if lt (len .) 90 }}{{ template \"R\" (print . 1) }}{{ template \"R\" (print . 1) }}"
            + "{{ end }}{{ end }}{{ template \"R\" \"\" }}",
        "{{ $x := args }}{{ range 99 }}{{ $x = args $x $x }}{{ end }}{{ len (print $x) }}",
    ] {
        #expect(
            expand(text, limits: limits).hasSuffix("the functions work on more than 1048576 bytes>"),
            "\(text)")
    }
    let deep = String(repeating: "{{ if true }}", count: 300) + String(repeating: "{{ end }}", count: 300)
    #expect(expand(deep) == "refused: template: __alert_T:1: nested more than 200 levels deep")
    #expect(
        expand("{{ " + String(repeating: "(", count: 5000)).hasPrefix(
            "refused: template: __alert_T:1: nested"))
    // A width that would fill the memory ends early.
    let wide = String(repeating: "%1000000[1]d", count: 2000)
    #expect(expand("{{ printf \"\(wide)\" 1 }}").hasSuffix("the text has more than 65536 bytes>"))
}

@Test func queriesMakeATemplateImpure() throws {
    #expect(try Template("{{ $value }}", ofAlert: "T").isPure)
    #expect(try !Template("{{ now }}", ofAlert: "T").isPure)
    #expect(try !Template("{{ range query \"up\" }}{{ end }}", ofAlert: "T").isPure)
}

@Test func anyTextEndsInATextOrAnError() {
    var seed = SystemRandomNumberGenerator()
    let pieces = [
        "{{", "}}", "{{- ", " -}}", "if ", "range ", "with ", "end", "else", "define ", "template ", "block ",
        "break",
        "\"a\"", "`b`", "'c'", "$x", " := ", "=", ",", "|", "(", ")", ".", ".Labels", "$labels", "$value",
        "5", "1.5",
        "-", "printf ", "\"%d %s %*.*f %[3]v\" ", "index ", "eq ", "len ", "query ", "first", " ", "\n", "é",
        "nil",
        "true", "toTime ", "humanize ", "/*", "*/", "x", "reReplaceAll ", "\"(\"", "slice ", "and ", "0x",
        "1e9",
    ]
    for _ in 0..<20_000 {
        let text = (0..<Int.random(in: 0...15, using: &seed)).map { _ in
            pieces.randomElement(using: &seed) ?? ""
        }
        _ = expand("{{" + text.joined() + "}}")
    }
}
