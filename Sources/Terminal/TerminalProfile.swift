import CNcurses
import Glibc

/// What the terminal at hand can do, and why we think so: the base of the glyph and colour ladders and of `doctor`.
package struct TerminalProfile: Sendable, Equatable {
    /// Colours that the terminal shows; 0 is mono.
    package var colors: Int
    /// Whether characters outside of ASCII reach the terminal whole.
    package var isUTF8: Bool
    /// Whether the font very likely has braille; console fonts mostly have not.
    package var hasBraille: Bool
    /// Whether terminfo knows the terminal's type well enough to draw on it.
    package var isKnown: Bool
    /// A line for each decision, for people who wonder.
    package var reasons: [String]

    /// Decides from the environment and, once a screen is open, from terminfo.
    ///
    /// - Parameters:
    ///   - term: the value of `TERM`.
    ///   - codeset: what the locale uses, `nl_langinfo(CODESET)`.
    ///   - terminfoColors: terminfo's `colors`; below 8 means mono.
    ///   - noColor: `NO_COLOR` is set to something.
    ///   - isKnown: terminfo has an entry for `term` that is not a mere generic one.
    package init(term: String, codeset: String, terminfoColors: Int, noColor: Bool, isKnown: Bool = true) {
        self.isKnown = isKnown
        var reasons: [String] = []
        isUTF8 = codeset == "UTF-8" || codeset == "utf8"
        reasons.append("characters: \(isUTF8 ? "UTF-8" : "ASCII") (the locale's codeset is \(codeset))")
        let isConsole = term == "linux" || term.hasPrefix("vt") || term == "dumb"
        hasBraille = isUTF8 && !isConsole
        reasons.append(
            hasBraille
                ? "charts: braille (TERM is \(term))"
                : "charts: \(isUTF8 ? "blocks" : "ASCII") (\(isConsole ? "the console's font has no braille" : "no UTF-8"))"
        )
        if noColor {
            colors = 0
            reasons.append("colours: none (NO_COLOR is set)")
        } else {
            colors = terminfoColors >= 256 ? 256 : terminfoColors >= 16 ? 16 : terminfoColors >= 8 ? 8 : 0
            reasons.append(
                "colours: \(colors == 0 ? "none" : String(colors)) (terminfo of \(term) says \(terminfoColors))"
            )
        }
        self.reasons = reasons
    }

    /// The profile of the process's own environment, without opening a screen.
    package static func ofEnvironment() -> TerminalProfile {
        Locale.adopt()
        var status: CInt = 0
        let known = setupterm(nil, STDOUT_FILENO, &status) == 0
        let isKnown = known && hasCursorAddressing()
        let colors = known ? Int(tigetnum("colors")) : 0
        return TerminalProfile(
            term: environment("TERM") ?? "", codeset: Locale.codeset, terminfoColors: colors,
            noColor: !(environment("NO_COLOR") ?? "").isEmpty, isKnown: isKnown)
    }
}

/// Whether the terminal that `setupterm` looked up can move its cursor; without that nothing can be drawn in place.
func hasCursorAddressing() -> Bool {
    guard let text = tigetstr("cup") else { return false }
    return Int(bitPattern: text) != -1
}

/// The C library's locale, which ncurses asks how to write characters.
package enum Locale {
    /// Takes over the environment's locale; falls back to `C.UTF-8` where the environment's is not installed but asks for UTF-8.
    package static func adopt() {
        let wanted = environment("LC_ALL") ?? environment("LC_CTYPE") ?? environment("LANG") ?? ""
        if setlocale(LC_ALL, "") == nil, wanted.uppercased().contains("UTF") { setlocale(LC_ALL, "C.UTF-8") }
        // Numbers in captures and JSON keep their points whatever the country.
        setlocale(LC_NUMERIC, "C")
    }

    package static var codeset: String {
        guard let name = nl_langinfo(nl_item(CODESET)) else { return "" }
        return String(cString: name)
    }
}

func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
}
