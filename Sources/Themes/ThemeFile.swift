import Canvas
import Diagnostics
import YAML

/// A theme as a YAML file holds it: a mapping of `Theme.keys` to styles, with `name` and `base` beside them.
///
/// With `base` each style replaces one of a built-in theme. Without it the file stands for itself: series that it names
/// are all there are, and other styles that it leaves out are those of `default`.
package struct ThemeFile: Sendable {
    /// Why a file is no theme: every mistake in it, in the order of the file.
    package struct Refusal: Error, Sendable {
        package var problems: [Problem]

        package init(problems: [Problem]) { self.problems = problems }
    }

    package let theme: Theme
    /// The name of the built-in theme that the file says to change; `nil` when it says nothing.
    package let base: String?
    /// Styles and colours that the file sets.
    package let styleCount: Int

    /// - Parameters:
    ///   - bytes: UTF-8.
    ///   - file: as the operator named it; without folders and ending it is the theme's name where the file gives none.
    package init(parsing bytes: [UInt8], file: String) throws(Refusal) {
        let entries: [Entry]
        do throws(Problem) {
            entries = try YAMLField(try YAMLNode(parsing: bytes, file: file)).entries()
        } catch {
            throw Refusal(problems: [error])
        }
        var reading = Reading()
        for entry in entries { reading.take(entry) }
        reading.checkSeries()
        guard reading.problems.isEmpty else { throw Refusal(problems: reading.problems) }
        base = reading.base?.name
        styleCount = reading.colors.count
        theme = Theme(
            name: reading.name ?? Self.stem(of: file), colors: reading.colors,
            base: reading.base ?? .standard, keepsSeries: reading.base != nil)
    }

    fileprivate typealias Entry = (name: String, key: YAMLNode, value: YAMLField)

    /// `night` of `/etc/planetop/themes/night.yaml`.
    private static func stem(of file: String) -> String {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return name }
        return String(name[..<dot])
    }
}

/// What was read of a file so far.
private struct Reading {
    var name: String?
    var base: Theme?
    var colors: [String: String] = [:]
    var problems: [Problem] = []
    private var series: [(index: Int, key: YAMLNode)] = []

    mutating func take(_ entry: ThemeFile.Entry) {
        do throws(Problem) {
            switch entry.name {
            case "name": name = try text(entry, fix: "give the theme a name, or remove the line")
            case "base":
                let word = try text(entry, fix: "use \(Self.builtInNames), or remove the line")
                base = Theme.builtIn(named: word)
                if base == nil {
                    throw entry.value.problem(
                        "there is no built-in theme `\(word)`", fix: "use \(Self.builtInNames)")
                }
            default: try takeStyle(entry)
            }
        } catch {
            problems.append(error)
        }
    }

    private mutating func takeStyle(_ entry: ThemeFile.Entry) throws(Problem) {
        // Before the value: whatever stands behind an unknown key is not the mistake.
        let isKnown = Theme.keys.contains(entry.name)
        let color =
            isKnown
            ? try text(entry, fix: "a colour that begins with # needs quotes: \"#5fafff\"") : "default"
        if let complaint = Theme.complaints(about: [entry.name: color]).first {
            throw Problem(
                complaint.what, at: isKnown ? entry.value.place : entry.key.place, fix: complaint.fix)
        }
        colors[entry.name] = color
        if entry.name.hasPrefix("series"), let number = Int(entry.name.dropFirst(6)) {
            series.append((number, entry.key))
        }
    }

    /// A palette has no holes: what would be drawn there could only be guessed.
    mutating func checkSeries() {
        var next = (base?.series.count ?? 0) + 1
        for (number, key) in series.sorted(by: { $0.index < $1.index }) where number >= next {
            if number > next {
                problems.append(
                    Problem(
                        "`series\(number)` is named and `series\(next)` is not", at: key.place,
                        fix: "name series without gaps"))
                return
            }
            next += 1
        }
    }

    private func text(_ entry: ThemeFile.Entry, fix: String) throws(Problem) -> String {
        if entry.value.isNull { throw Problem("`\(entry.name)` has no value", at: entry.key.place, fix: fix) }
        let text = try entry.value.string()
        if text.isEmpty { throw Problem("`\(entry.name)` is empty", at: entry.value.place, fix: fix) }
        return text
    }

    private static var builtInNames: String { Theme.builtIn.map(\.name).joined(separator: ", ") }
}
