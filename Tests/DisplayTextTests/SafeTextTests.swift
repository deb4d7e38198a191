import DisplayText
import Testing

@Test(
    "widths in columns",
    arguments: [
        ("", 0), ("abc", 3), ("größe", 5), ("日本", 4), ("ｱ", 1), ("Ａ", 2), ("😀", 2), ("👩\u{200d}💻", 2),
        ("🇩🇪", 2), ("e\u{301}", 1), ("⣿⡇", 2), ("─│", 2), ("▁█", 2), ("⌚", 2), ("❤", 1), ("…", 1), ("👍🏽", 2),
        ("한", 2), ("\u{1112}\u{1161}\u{11ab}", 2), ("●", 1), ("⚠", 1), ("✔", 1), ("〒", 2),
    ])
func widths(_ text: String, _ columns: Int) {
    #expect(SafeText(text).width == columns)
}

@Test(
    "too long a name loses its middle",
    arguments: [
        ("daily_features_eu_west_v3", 25, "daily_features_eu_west_v3"),
        ("daily_features_eu_west_v3", 15, "daily_f…west_v3"),
        ("daily_features_eu_west_v3", 14, "daily_f…est_v3"),
        ("abc", 3, "abc"), ("abcd", 3, "a…d"), ("abcd", 2, "a…"), ("abcd", 1, "…"), ("abcd", 0, ""),
        ("", 0, ""),
        ("日本語の名前", 7, "日本…前"), ("日本語", 2, "…"), ("日本語", 3, "日…"),
        ("abcdefgh", -1, ""),
    ])
func shortens(_ text: String, _ columns: Int, _ expected: String) {
    #expect(SafeText(text).shortened(to: columns).string == expected)
}

@Test func pads() {
    #expect(SafeText("ab").padded(to: 5).string == "ab   ")
    #expect(SafeText("ab").padded(to: 5, alignment: .right).string == "   ab")
    #expect(SafeText("ab").padded(to: 5, alignment: .centre).string == " ab  ")
    #expect(SafeText("日本語").padded(to: 5, alignment: .right).string == "日…語")
    #expect(SafeText("日本語").padded(to: 4, alignment: .right).string == " 日…")
    #expect(SafeText("ab").padded(to: 0).string == "")
}

@Test func beginnings() {
    #expect(SafeText("日本語").prefix(width: 3).string == "日")
    #expect(SafeText("e\u{301}x").prefix(width: 1).string == "e\u{301}")
    #expect(SafeText("abc").prefix(width: -1).string == "")
}

@Test func namesOfOneFamilyStayApart() {
    let names: [SafeText] = [
        "daily_features_eu_west_v3", "daily_features_us_west_v3", "daily_features_eu_west_v4",
    ]
    let cut = SafeText.shortenedApart(names, to: 16)
    #expect(Set(cut).count == 3)
    #expect(cut.allSatisfy { $0.width == 16 })
    #expect(SafeText.shortenedApart(["abc", "abc"], to: 2).map(\.string) == ["a…", "a…"])
    #expect(SafeText.shortenedApart([], to: 5).isEmpty)
}
