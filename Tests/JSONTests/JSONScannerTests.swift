import JSON
import Testing

/// Walks `text` to its end with the scanner, or says why and where it stopped.
private func scan(_ text: [UInt8], depthMax: Int = 16) -> JSONError? {
    text.withUnsafeBufferPointer { bytes in
        do throws(JSONError) {
            var scanner = try JSONScanner(bytes, depthMax: depthMax)
            try scanner.skipValue()
            try scanner.finish()
            return nil
        } catch {
            return error
        }
    }
}

private func scan(_ text: String) -> JSONError? { scan(Array(text.utf8)) }

/// Scans one number.
private func number(_ text: String) -> (double: Double, integer: Int64?)? {
    var text = text
    return text.withUTF8 { bytes in
        do throws(JSONError) {
            var scanner = try JSONScanner(bytes)
            let number = try scanner.number()
            try scanner.finish()
            return (number.double, number.integer)
        } catch {
            return nil
        }
    }
}

@Test(
    "well-formed texts are read to the end",
    arguments: [
        "null", "true", " false ", "0", "-0", "-1.5e+10", "1E5", "[]", "{}", "[ ]", "{ }", "[1,2]",
        "{\"a\":1,\"b\":[{}]}", "\"\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0041\"", "\"\\ud83d\\ude00\"",
        "\"grüße 😀\"", "\t\r\n[\n1 ,\t2\r]\n", "\"a string that is longer than eight bytes\"",
        "\"1234567\"", "\"12345678\"", "\"\u{7f}\"", "\"1234567\\n\"",
    ])
func acceptsWellFormed(_ text: String) {
    #expect(scan(text) == nil)
}

private struct Refused {
    var text: String
    var reason: JSONError.Reason
    var offset: Int

    init(_ text: String, _ reason: JSONError.Reason, _ offset: Int) {
        self.text = text
        self.reason = reason
        self.offset = offset
    }
}

private let value = JSONError.Reason.expected(.init("a value"))

@Test(
    "ill-formed texts are refused with reason and offset",
    arguments: [
        Refused("", .endOfText, 0), Refused("  ", .endOfText, 2), Refused("nul", .endOfText, 3),
        Refused("nulL", value, 0), Refused("tru,", value, 0), Refused("NaN", value, 0),
        Refused("+1", value, 0), Refused(".5", value, 0), Refused("01", .invalidNumber, 0),
        Refused("-", .endOfText, 1), Refused("-x", .invalidNumber, 0), Refused("1.", .endOfText, 2),
        Refused("1.x", .invalidNumber, 0), Refused("1e", .endOfText, 2), Refused("[1e+]", .invalidNumber, 1),
        Refused("1 2", .textAfterValue, 2), Refused("[1 2]", .expected(.init("`,` or `]`")), 3),
        Refused("[1,]", value, 3), Refused("[,1]", value, 1), Refused("[", .endOfText, 1),
        Refused("[1", .endOfText, 2), Refused("{\"a\":1,}", .expected(.init("a key in double quotes")), 7),
        Refused("{\"a\" 1}", .expected(.init("`:` after the key")), 5),
        Refused("{\"a\":1 \"b\":2}", .expected(.init("`,` or `}`")), 7),
        Refused("{a:1}", .expected(.init("a key in double quotes")), 1), Refused("{\"a\":}", value, 5),
        Refused("\"abc", .endOfText, 4), Refused("\"abcdefghijk", .endOfText, 12),
        Refused("\"a\nb\"", .controlCharacterInString, 2),
        Refused("\"abcdefgh\u{1f}\"", .controlCharacterInString, 9),
        Refused("\"\\x\"", .invalidEscape, 1), Refused("\"\\u12g4\"", .invalidEscape, 1),
        Refused("\"\\u12", .endOfText, 5), Refused("\"\\", .endOfText, 2),
        Refused("\"\\ud800\"", .loneSurrogate, 1), Refused("\"\\udc00\"", .loneSurrogate, 1),
        Refused("\"\\ud800\\u0041\"", .loneSurrogate, 1), Refused("\"\\ud800\\ud800\"", .loneSurrogate, 1),
        Refused("[[[[[[[[[[[[[[[[[", .tooDeep(limit: 16), 16), Refused("]", value, 0),
        Refused("'a'", value, 0),
        Refused("\u{feff}1", value, 0), Refused("[1]]", .textAfterValue, 3),
    ])
private func refusesIllFormed(_ example: Refused) {
    #expect(scan(example.text) == JSONError(example.reason, at: example.offset))
}

@Test func refusesBytesThatAreNotUTF8() {
    let texts: [(bytes: [UInt8], offset: Int)] = [
        ([0x22, 0xff, 0x22], 1), ([0x22, 0xc3, 0x22], 1), ([0x22, 0xc0, 0x80, 0x22], 1),
        ([0x22, 0xed, 0xa0, 0x80, 0x22], 1), (Array("\"sixteen bytes and \"".utf8) + [0x80], 20),
    ]
    for (bytes, offset) in texts {
        #expect(scan(bytes) == JSONError(.invalidUTF8, at: offset))
    }
}

@Test func everyPrefixIsRefusedWithoutReadingPastTheEnd() {
    let text = Array(#"{"a":[1.5e3,true,null,"x\u00e9\ud83d\ude00 long enough"],"b":{"c":-0}}"#.utf8)
    for length in 0..<text.count {
        let error = scan(Array(text[..<length]))
        #expect(error?.reason == .endOfText, "prefix of \(length) bytes: \(String(describing: error))")
    }
}

@Test func textsCompareAndUnescape() throws {
    var text = #"{"plain":1,"pl\u0061in":2,"\ud83d\ude00\n":3}"#
    try text.withUTF8 { bytes in
        var scanner = try JSONScanner(bytes)
        try scanner.beginObject()
        let first = try #require(try scanner.nextKey())
        #expect(first.isEqual(to: "plain") && !first.isEqual(to: "plaim") && !first.isEqual(to: "plai"))
        try scanner.skipValue()
        let second = try #require(try scanner.nextKey())
        #expect(second.hasEscapes && second.isEqual(to: "plain") && second.string == "plain")
        try scanner.skipValue()
        let third = try #require(try scanner.nextKey())
        #expect(third.string == "😀\n")
        try scanner.skipValue()
        #expect(try scanner.nextKey() == nil)
        try scanner.finish()
    }
}

@Test(
    "numbers that are hard to round",
    arguments: [
        "0", "-0", "1", "0.1", "0.2", "0.30000000000000004", "123456789.123456789", "9007199254740993",
        "9007199254740992.5", "1234.5678901234567", "18446744073709551615", "0.000001", "5e-324",
        "2.2250738585072011e-308", "1.7976931348623157e308", "1e22", "1e23", "1e-22", "1e-27", "1e-28",
        "179769313486231580793728971405301e276", "9223372036854775807", "9223372036854775808",
        "0.000000000000000000000000001", "0.00000000000000000000000000123456789", "4503599627370497.5",
        "4503599627370496.5", "8.5e-20", "99999999999999999999", "1234567890123456789e-19",
        "1790899200123.4567",
    ])
func numbersRoundCorrectly(_ text: String) throws {
    let scanned = try #require(number(text))
    let expected = try #require(Double(text))
    #expect(scanned.double.bitPattern == expected.bitPattern)
}

@Test func randomNumbersRoundCorrectly() throws {
    var random = SplitMix(state: 42)
    for _ in 0..<20_000 {
        var text = String(random.next() >> (random.next() % 64))
        let point = Int(random.next() % UInt64(text.count + 1))
        if point > 0, point < text.count {
            text.insert(".", at: text.index(text.startIndex, offsetBy: point))
        }
        if text.hasPrefix("0"), text.count > 1, !text.hasPrefix("0.") { continue }
        if random.next() % 2 == 0 { text += "e\(Int(random.next() % 60) - 30)" }
        let scanned = try #require(number(text), "\(text)")
        #expect(scanned.double.bitPattern == Double(text)?.bitPattern, "\(text)")
    }
    for _ in 0..<20_000 {
        let value = Double(bitPattern: random.next())
        guard value.isFinite else { continue }
        #expect(try #require(number(value.description)).double.bitPattern == value.bitPattern)
    }
}

@Test func integersAreExact() throws {
    let cases: [(String, Int64?)] = [
        ("0", 0), ("-0", 0), ("9223372036854775807", .max), ("-9223372036854775808", .min),
        ("9223372036854775808", nil), ("1.0", 1), ("1e3", 1000), ("1.5", nil), ("1e400", nil),
        ("9007199254740993", 9_007_199_254_740_993), ("-12", -12), ("123456789012345678901234567890", nil),
    ]
    for (text, expected) in cases {
        #expect(try #require(number(text)).integer == expected, "\(text)")
    }
    #expect(try #require(number("1e999")).double == .infinity)
    #expect(try #require(number("-1e999")).double == -.infinity)
}

/// A small generator whose numbers are the same everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
