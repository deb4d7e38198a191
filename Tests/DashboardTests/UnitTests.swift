import MetricModel
import Testing

@testable import Dashboard

struct UnitCase: Sendable, CustomStringConvertible {
    var unit: String
    var value: Double
    var decimals: Int?
    var text: String

    init(_ unit: String, _ value: Double, _ text: String, decimals: Int? = nil) {
        self.unit = unit
        self.value = value
        self.decimals = decimals
        self.text = text
    }

    var description: String { "\(unit) \(value) \(decimals.map(String.init) ?? "auto")" }
}

@Test(
    "units write values as Grafana does",
    arguments: [
        UnitCase("none", 1234.5, "1235"),
        UnitCase("none", 12.345, "12.3"),
        UnitCase("none", 0.00123, "0.00123"),
        UnitCase("none", 7, "7"),
        UnitCase("none", 0, "0.00", decimals: 2),
        UnitCase("none", -0.001, "0.00", decimals: 2),
        UnitCase("none", 2.5, "3", decimals: 0),
        UnitCase("none", .infinity, "∞"),
        UnitCase("none", .nan, "NaN"),
        UnitCase("short", 999, "999"),
        UnitCase("short", 1000, "1 K"),
        UnitCase("short", 1_240_000, "1.24 Mil"),
        UnitCase("short", -2500, "-2.50 K"),
        UnitCase("short", 0.25, "0.250"),
        UnitCase("short", 3e9, "3 Bil"),
        UnitCase("sishort", 1500, "1.50 k"),
        UnitCase("bytes", 1024, "1 KiB"),
        UnitCase("bytes", 1536, "1.50 KiB"),
        UnitCase("bytes", 0, "0 B"),
        UnitCase("kbytes", 2048, "2 MiB"),
        UnitCase("gbytes", 0.5, "512 MiB"),
        UnitCase("decbytes", 1_500_000, "1.50 MB"),
        UnitCase("bits", 2048, "2 Kib"),
        UnitCase("Bps", 1_234_567, "1.23 MB/s"),
        UnitCase("Bps", 0.005, "5 mB/s"),
        UnitCase("binBps", 1024, "1 KiB/s"),
        UnitCase("bps", 1e6, "1 Mb/s"),
        UnitCase("pps", 12_000, "12 kp/s"),
        UnitCase("MBs", 1500, "1.50 GB/s"),
        UnitCase("ops", 1234, "1.23K ops/s"),
        UnitCase("reqps", 12, "12 req/s"),
        UnitCase("iops", 2e6, "2M io/s"),
        UnitCase("opm", 5, "5 ops/m"),
        UnitCase("percent", 12.34, "12.3%"),
        UnitCase("percentunit", 0.1234, "12.3%"),
        UnitCase("percentunit", 1, "100%"),
        UnitCase("percentunit", 0.999, "99.90%", decimals: 2),
        UnitCase("s", 0, "0 s"),
        UnitCase("s", 0.0000005, "500 ns"),
        UnitCase("s", 0.0005, "500 µs"),
        UnitCase("s", 0.25, "250 ms"),
        UnitCase("s", 42, "42 s"),
        UnitCase("s", 90, "1.50 min"),
        UnitCase("s", 7200, "2 hour"),
        UnitCase("s", 172_800, "2 day"),
        UnitCase("s", 1_209_600, "2 week"),
        UnitCase("ms", 1500, "1.50 s"),
        UnitCase("ms", 12, "12 ms"),
        UnitCase("ms", 120_000, "2 min"),
        UnitCase("µs", 1500, "1.50 ms"),
        UnitCase("ns", 2e9, "2 s"),
        UnitCase("m", 90, "1.50 hour"),
        UnitCase("h", 48, "2 day"),
        UnitCase("d", 14, "2 week"),
        UnitCase("dtdurations", 3661, "1 hour"),
        UnitCase("dtdurations", 3661, "1 hour, 1 minute, 1 second", decimals: 2),
        UnitCase("dtdurations", 0, "0 seconds"),
        UnitCase("dtdurations", -120, "2 minutes ago"),
        UnitCase("dtdurationms", 61_000, "1 minute"),
        UnitCase("dthms", 3661, "01:01:01"),
        UnitCase("dtdhms", 90_061, "1 d 01:01:01"),
        UnitCase("clocks", 3661, "1h:01m:01s:000ms"),
        UnitCase("clocks", 3661, "1h:01m", decimals: 1),
        UnitCase("clockms", 1500, "01s:500ms"),
        UnitCase("clockms", 20, "020ms"),
        UnitCase("timeticks", 6000, "1 min"),
        UnitCase("dateTimeAsIso", 0, "1970-01-01 00:00:00"),
        UnitCase("dateTimeAsUS", 1_700_000_000_000, "11/14/2023 10:13:20 pm"),
        UnitCase("dateTimeAsIsoNoDateIfToday", 1_700_000_000_000, "22:13:20"),
        UnitCase("dateTimeFromNow", 1_699_990_000_000, "3 hours ago"),
        UnitCase("dateTimeFromNow", 1_700_000_200_000, "in 3 minutes"),
        UnitCase("time:YYYY-MM-DD", 1_700_000_000_000, "2023-11-14"),
        UnitCase("time: LT MMMM D, YYYY", 1_700_000_000_000, " 10:13 PM November 14, 2023"),
        UnitCase("time:[at] HH\\h", 1_700_000_000_000, "at 22h"),
        UnitCase("currencyUSD", 1234.5, "$1.23K"),
        UnitCase("currencyUSD", -5, "-$5"),
        UnitCase("currencySEK", 10, "10kr"),
        UnitCase("currency:CHF", 3, "CHF3"),
        UnitCase("bool", 1, "True"),
        UnitCase("bool_yes_no", 0, "No"),
        UnitCase("bool_on_off", 3, "On"),
        UnitCase("bool:up/down", 0, "down"),
        UnitCase("hex", 255, "FF"),
        UnitCase("hex0x", -255, "-0xFF"),
        UnitCase("sci", 123_456, "1.23456e+5"),
        UnitCase("sci", 123_456, "1.23e+5", decimals: 2),
        UnitCase("locale", 1_234_567.891, "1,234,567.891"),
        UnitCase("locale", -1234, "-1,234"),
        UnitCase("celsius", 21.5, "21.5 °C"),
        UnitCase("farenheit", 70, "70 °F"),
        UnitCase("lengthkm", 1500, "1.50 Mm"),
        UnitCase("watt", 0.5, "500 mW"),
        UnitCase("kwatt", 0.5, "500 W"),
        UnitCase("GHs", 1500, "1.50 TH/s"),
        UnitCase("pressurehpa", 1013, "1013 hPa"),
        UnitCase("hertz", 2.4e9, "2.40 GHz"),
        UnitCase("flowcms", 3, "3 cms"),
        UnitCase("degree", 90, "90 °"),
        UnitCase("suffix:nodes", 3, "3 nodes"),
        UnitCase("prefix:v", 3, "v3"),
        UnitCase("si:mF", 0.001, "1 µF"),
        UnitCase("si:/s", 1500, "1.50 k/s"),
        UnitCase("count:jobs", 1500, "1.50K jobs"),
        UnitCase("cores", 2, "2 cores"),
        UnitCase("items/sec", 2.25, "2.25 items/sec"),
        UnitCase("string", 2.5, "2.5"),
    ]
)
func units(_ example: UnitCase) {
    let zone = ZoneClock(offsetSeconds: 0, now: Timestamp(milliseconds: 1_700_000_000_000))
    let shown = UnitFormat.named(example.unit).format(example.value, decimals: example.decimals, zone: zone)
    #expect(shown.joined.string == example.text)
}

@Test func everyUnitWritesEveryKindOfNumber() {
    let values = [0, 1, -1, 0.5, 1e-12, 1e300, -1e300, .nan, .infinity, -.infinity, 1e15, 123.456]
    for id in UnitTable.formats.keys {
        for value in values {
            for decimals in [nil, 0, 3, 40] {
                #expect(!UnitFormat.named(id).format(value, decimals: decimals).joined.string.isEmpty)
            }
        }
    }
}

@Test(
    "shortest text of numbers",
    arguments: [
        (0.5, "0.5"), (1e21, "1e+21"), (1e-7, "1e-7"), (0.00001, "0.00001"), (123456.75, "123456.75"),
        (1e16, "10000000000000000"), (-2, "-2"), (0.1 + 0.2, "0.30000000000000004"),
    ])
func shortest(_ value: Double, _ text: String) { #expect(NumberText.shortest(value) == text) }

@Test(
    "texts that are numbers",
    arguments: [
        ("1.5", 1.5), (" 2 ", 2), ("+3", 3), ("1e3", 1000), ("+Inf", Double.infinity), ("x", nil), ("", nil),
        ("0x10", nil), ("1 2", nil),
    ])
func numbers(_ text: String, _ value: Double?) { #expect(NumberText.parse(text) == value) }
