/// Grafana's units by id (of Grafana 11, with the ids that older files still carry).
///
/// - SeeAlso: Grafana manual, "Standard options", unit; the ids are those that dashboards hold.
enum UnitTable {
    static let thousands = ["", "K", "M", "B", "T"]
    private static let siPrefixes = ["f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y"]
    private static let siBase = 5
    private static let binaryPrefixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"]

    /// A unit with decimal prefixes; `offset` says how many thousands the value is already divided by.
    static func si(_ symbol: String, _ offset: Int = 0) -> UnitFormat.Kind {
        .scaled(factor: 1000, suffixes: siPrefixes.map { " " + $0 + symbol }, base: siBase + offset)
    }

    static func binary(_ symbol: String, _ offset: Int = 0) -> UnitFormat.Kind {
        .scaled(factor: 1024, suffixes: binaryPrefixes.map { " " + $0 + symbol }, base: offset)
    }

    /// The power of a thousand that a decimal prefix stands for; `nil` when `character` is none.
    static func siOffset(of character: Character) -> Int? {
        let name = character == "μ" ? "µ" : String(character)
        return siPrefixes.firstIndex(of: name).map { $0 - siBase }
    }

    static let formats: [String: UnitFormat.Kind] = {
        var all: [String: UnitFormat.Kind] = [:]
        for (id, symbol) in plain { all[id] = .suffix(symbol) }
        for (id, symbol, offset) in decimal { all[id] = si(symbol, offset) }
        for (id, symbol, offset) in powersOfTwo { all[id] = binary(symbol, offset) }
        for (id, symbol) in counts { all[id] = .count(symbol) }
        for (id, symbol) in moneyBefore { all[id] = .currency(symbol, isAfter: false) }
        for (id, symbol) in moneyAfter { all[id] = .currency(symbol, isAfter: true) }
        for (id, kind) in special { all[id] = kind }
        return all
    }()

    private static let special: KeyValuePairs<String, UnitFormat.Kind> = [
        "none": .suffix(""),
        "string": .text,
        "short": .scaled(
            factor: 1000,
            suffixes: ["", " K", " Mil", " Bil", " Tri", " Quadr", " Quint", " Sext", " Sept"], base: 0),
        // `short` with the prefixes of SI, as newer files ask for.
        "sishort": .scaled(
            factor: 1000, suffixes: ["", " k", " M", " G", " T", " P", " E", " Z", " Y"], base: 0),
        "percent": .percent(factor: 1),
        "percentunit": .percent(factor: 100),
        "hex0x": .hexadecimal(prefix: "0x"),
        "hex": .hexadecimal(prefix: ""),
        "sci": .scientific,
        "locale": .grouped,
        "pressurepsi": .scaled(factor: 1000, suffixes: [" psi", " ksi", " Mpsi"], base: 0),
        "ns": .duration(.nanoseconds),
        "µs": .duration(.microseconds),
        "μs": .duration(.microseconds),
        "us": .duration(.microseconds),
        "ms": .duration(.milliseconds),
        "s": .duration(.seconds),
        "m": .duration(.minutes),
        "h": .duration(.hours),
        "d": .duration(.days),
        "dtdurationms": .duration(.wordsFromMilliseconds),
        "dtdurations": .duration(.wordsFromSeconds),
        "dthms": .duration(.hoursMinutesSeconds),
        "dtdhms": .duration(.daysHoursMinutesSeconds),
        "timeticks": .duration(.ticks),
        "clockms": .duration(.clockFromMilliseconds),
        "clocks": .duration(.clockFromSeconds),
        "dateTimeAsIso": .date(.pattern("YYYY-MM-DD HH:mm:ss")),
        "dateTimeAsIsoNoDateIfToday": .date(.patternToday("YYYY-MM-DD HH:mm:ss", today: "HH:mm:ss")),
        "dateTimeAsIsoSmart": .date(.patternToday("YYYY-MM-DD HH:mm:ss", today: "HH:mm:ss")),
        "dateTimeAsUS": .date(.pattern("MM/DD/YYYY h:mm:ss a")),
        "dateTimeAsUSNoDateIfToday": .date(.patternToday("MM/DD/YYYY h:mm:ss a", today: "h:mm:ss a")),
        "dateTimeAsUSSmart": .date(.patternToday("MM/DD/YYYY h:mm:ss a", today: "h:mm:ss a")),
        "dateTimeAsLocal": .date(.pattern("YYYY-MM-DD HH:mm:ss")),
        "dateTimeAsLocalNoDateIfToday": .date(.patternToday("YYYY-MM-DD HH:mm:ss", today: "HH:mm:ss")),
        "dateTimeAsSystem": .date(.pattern("YYYY-MM-DD HH:mm:ss")),
        "dateTimeFromNow": .date(.fromNow),
        "bool": .boolean(yes: "True", no: "False"),
        "bool_yes_no": .boolean(yes: "Yes", no: "No"),
        "bool_on_off": .boolean(yes: "On", no: "Off"),
    ]

    /// A number and a symbol, never scaled.
    private static let plain: KeyValuePairs<String, String> = [
        "humidity": "%H", "dB": "dB", "pixel": "px",
        "accMS2": "m/sec²", "accFS2": "f/sec²", "accG": "g",
        "degree": "°", "radian": "rad", "grad": "grad", "arcmin": "arcmin", "arcsec": "arcsec",
        "areaM2": "m²", "areaF2": "ft²", "areaMI2": "mi²",
        "ppm": "ppm", "conppb": "ppb", "conngm3": "ng/m³", "conngNm3": "ng/Nm³",
        "conμgm3": "μg/m³", "conμgNm3": "μg/Nm³", "conmgm3": "mg/m³", "conmgNm3": "mg/Nm³",
        "congm3": "g/m³", "congNm3": "g/Nm³", "conmgdL": "mg/dL", "conmmolL": "mmol/L",
        "Wm2": "W/m²",
        "flowgpm": "gpm", "flowcms": "cms", "flowcfs": "cfs", "flowcfm": "cfm", "litreh": "L/h",
        "flowlpm": "L/min", "flowmlpm": "mL/min", "lux": "lux",
        "masslb": "lb", "masst": "t", "lengthin": "in", "lengthft": "ft", "lengthmi": "mi",
        "pressurehpa": "hPa", "pressurekpa": "kPa", "pressurehg": "\"Hg",
        "rotrpm": "rpm", "rotrads": "rad/s", "rotdegs": "°/s",
        "celsius": "°C", "fahrenheit": "°F", "farenheit": "°F", "kelvin": "K",
        "velocityms": "m/s", "velocitykmh": "km/h", "velocitymph": "mph", "velocityknot": "kn",
        "m3": "m³", "Nm3": "Nm³", "dm3": "dm³", "gallons": "gal",
    ]

    private static let counts: KeyValuePairs<String, String> = [
        "cps": "c/s", "ops": "ops/s", "reqps": "req/s", "rps": "rd/s", "wps": "wr/s", "iops": "io/s",
        "eps": "evt/s", "mps": "msg/s", "recps": "rec/s", "rowsps": "rows/s",
        "cpm": "c/m", "opm": "ops/m", "reqpm": "req/m", "rpm": "rd/m", "wpm": "wr/m", "epm": "evts/m",
        "mpm": "msgs/m", "recpm": "rec/m", "rowspm": "rows/m",
    ]

    private static let moneyBefore: KeyValuePairs<String, String> = [
        "currencyUSD": "$", "currencyGBP": "£", "currencyEUR": "€", "currencyJPY": "¥", "currencyRUB": "₽",
        "currencyUAH": "₴", "currencyBRL": "R$", "currencyCZK": "czk", "currencyCHF": "CHF",
        "currencyPLN": "PLN", "currencyBTC": "฿", "currencymBTC": "mBTC", "currencyμBTC": "μBTC",
        "currencyZAR": "R", "currencyINR": "₹", "currencyKRW": "₩", "currencyIDR": "Rp",
        "currencyPHP": "PHP", "currencyBDT": "৳",
    ]

    private static let moneyAfter: KeyValuePairs<String, String> = [
        "currencyDKK": "kr", "currencyISK": "kr", "currencyNOK": "kr", "currencySEK": "kr",
        "currencyVND": "đ", "currencyTRY": "₺", "currencyMAD": "MAD",
    ]

    private static let powersOfTwo: [(id: String, symbol: String, offset: Int)] = [
        ("bytes", "B", 0), ("kbytes", "B", 1), ("mbytes", "B", 2), ("gbytes", "B", 3), ("tbytes", "B", 4),
        ("pbytes", "B", 5), ("bits", "b", 0),
        ("binBps", "B/s", 0), ("KiBs", "B/s", 1), ("MiBs", "B/s", 2), ("GiBs", "B/s", 3), ("TiBs", "B/s", 4),
        ("PiBs", "B/s", 5),
        ("binbps", "b/s", 0), ("Kibits", "b/s", 1), ("Mibits", "b/s", 2), ("Gibits", "b/s", 3),
        ("Tibits", "b/s", 4), ("Pibits", "b/s", 5),
    ]

    private static let decimal: [(id: String, symbol: String, offset: Int)] = [
        ("flops", "FLOPS", 0), ("mflops", "FLOPS", 2), ("gflops", "FLOPS", 3), ("tflops", "FLOPS", 4),
        ("pflops", "FLOPS", 5), ("eflops", "FLOPS", 6), ("zflops", "FLOPS", 7), ("yflops", "FLOPS", 8),
        ("decbytes", "B", 0), ("deckbytes", "B", 1), ("decmbytes", "B", 2), ("decgbytes", "B", 3),
        ("dectbytes", "B", 4), ("decpbytes", "B", 5), ("decbits", "b", 0),
        ("pps", "p/s", 0), ("Bps", "B/s", 0), ("bps", "b/s", 0), ("KBs", "B/s", 1), ("Kbits", "b/s", 1),
        ("MBs", "B/s", 2), ("Mbits", "b/s", 2), ("GBs", "B/s", 3), ("Gbits", "b/s", 3), ("TBs", "B/s", 4),
        ("Tbits", "b/s", 4), ("PBs", "B/s", 5), ("Pbits", "b/s", 5),
        ("watt", "W", 0), ("kwatt", "W", 1), ("megwatt", "W", 2), ("gwatt", "W", 3), ("mwatt", "W", -1),
        ("voltamp", "VA", 0), ("kvoltamp", "VA", 1), ("voltampreact", "VAr", 0), ("kvoltampreact", "VAr", 1),
        ("watth", "Wh", 0), ("watthperkg", "Wh/kg", 0), ("kwatth", "Wh", 1), ("kwattm", "W-Min", 1),
        ("amph", "Ah", 0), ("kamph", "Ah", 1), ("mamph", "Ah", -1), ("joule", "J", 0), ("ev", "eV", 0),
        ("amp", "A", 0), ("kamp", "A", 1), ("mamp", "A", -1), ("volt", "V", 0), ("kvolt", "V", 1),
        ("mvolt", "V", -1), ("dBm", "dBm", 0), ("ohm", "Ω", 0), ("kohm", "Ω", 1), ("Mohm", "Ω", 2),
        ("farad", "F", 0), ("µfarad", "F", -2), ("nfarad", "F", -3), ("pfarad", "F", -4), ("ffarad", "F", -5),
        ("henry", "H", 0), ("mhenry", "H", -1), ("µhenry", "H", -2), ("lumens", "Lm", 0),
        ("forceNm", "Nm", 0), ("forcekNm", "Nm", 1), ("forceN", "N", 0), ("forcekN", "N", 1),
        ("Hs", "H/s", 0), ("KHs", "H/s", 1), ("MHs", "H/s", 2), ("GHs", "H/s", 3), ("THs", "H/s", 4),
        ("PHs", "H/s", 5), ("EHs", "H/s", 6),
        ("massmg", "g", -1), ("massg", "g", 0), ("masskg", "g", 1),
        ("lengthmm", "m", -1), ("lengthm", "m", 0), ("lengthkm", "m", 1),
        ("pressurembar", "bar", -1), ("pressurebar", "bar", 0), ("pressurekbar", "bar", 1),
        ("pressurepa", "Pa", 0),
        ("radbq", "Bq", 0), ("radci", "Ci", 0), ("radgy", "Gy", 0), ("radrad", "rad", 0), ("radsv", "Sv", 0),
        ("radmsv", "Sv", -1), ("radusv", "Sv", -2), ("radrem", "rem", 0), ("radexpckg", "C/kg", 0),
        ("radr", "R", 0), ("radsvh", "Sv/h", 0), ("radmsvh", "Sv/h", -1), ("radusvh", "Sv/h", -2),
        ("rothz", "Hz", 0), ("hertz", "Hz", 0),
        ("mlitre", "L", -1), ("litre", "L", 0),
    ]
}
