import Canvas
import Diagnostics
import Glibc
import Themes

/// A theme and where it came from.
struct ChosenTheme {
    var theme: Theme
    /// `nil` for a built-in one.
    var path: String?

    static let standard = ChosenTheme(theme: .standard)

    /// As it is told when a key chose it.
    var words: String { path.map { "theme \(theme.name), from \($0)" } ?? "theme \(theme.name)" }
}

/// The themes that can be had: the built-in ones, the user's files, the machine's files, in this order.
enum ThemeShelf {
    /// Where `NAME.yaml` is looked for.
    static var folders: [String] {
        [Settings.configFolder, Settings.machineFolder].compactMap { $0.map { "\($0)/themes" } }
    }

    private static let endings = [".yaml", ".yml"]

    /// Whether `text` names a file rather than a theme.
    static func isFile(_ text: String) -> Bool {
        text.contains("/") || endings.contains { text.hasSuffix($0) }
    }

    /// Whether there is something of this name, whatever is in it.
    static func has(_ name: String) -> Bool { Theme.builtIn(named: name) != nil || path(of: name) != nil }

    /// The theme that `--theme` or a setting means.
    static func theme(_ text: String) throws(Problem) -> ChosenTheme {
        if isFile(text) { return try read(text) }
        if let theme = Theme.builtIn(named: text) { return ChosenTheme(theme: theme) }
        if let path = path(of: text) { return try read(path) }
        throw unknown(text)
    }

    static func unknown(_ name: String) -> Problem {
        let place = folders.first.map { ", or write \($0)/\(name).yaml" } ?? ""
        return Problem("no theme `\(name)`", fix: "use \(names.joined(separator: ", "))\(place)")
    }

    /// Names that `theme(_:)` knows.
    static var names: [String] {
        var names = Theme.builtIn.map(\.name)
        for path in files {
            let name = String(path.split(separator: "/").last?.dropLast(5) ?? "")
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// The theme behind `current` when a key goes through all of them, `given` among them.
    ///
    /// Files are looked at anew each time, so that an edited theme can be seen at once.
    ///
    /// - Returns: also what is wrong with a file that had to be passed over.
    static func next(
        after current: ChosenTheme, given: ChosenTheme
    ) -> (theme: ChosenTheme, problem: Problem?) {
        var paths: [String?] = Theme.builtIn.map { _ in nil }
        paths += files
        if let path = given.path, !paths.contains(where: { $0.map { isSame($0, path) } ?? false }) {
            paths.append(path)
        }
        let position =
            paths.indices.first { index in
                guard let path = paths[index] else { return false }
                return current.path.map { isSame($0, path) } ?? false
            } ?? Theme.builtIn.firstIndex { current.path == nil && $0.name == current.theme.name } ?? -1
        var problem: Problem?
        for step in 1...paths.count {
            let index = (position + step) % paths.count
            guard let path = paths[index] else {
                return (ChosenTheme(theme: Theme.builtIn[index]), problem)
            }
            do throws(Problem) { return (try read(path), problem) } catch { problem = problem ?? error }
        }
        return (current, problem)
    }

    /// What may follow `prefix` on the command line: names, files and folders.
    static func completions(of prefix: String) -> [String] {
        let files = Files.matching("\(prefix)*").compactMap { path -> String? in
            if Files.isFolderThere(path) { return "\(path)/" }
            return endings.contains { path.hasSuffix($0) } ? path : nil
        }
        return names + files
    }

    static func read(_ path: String) throws(Problem) -> ChosenTheme {
        do throws(ThemeFile.Refusal) {
            return ChosenTheme(theme: try file(path).theme, path: path)
        } catch {
            throw error.problems.first ?? Problem("cannot read the theme", at: SourcePlace(file: path))
        }
    }

    static func file(_ path: String) throws(ThemeFile.Refusal) -> ThemeFile {
        let bytes: [UInt8]
        do throws(Problem) {
            bytes = try Files.read(path)
        } catch {
            throw ThemeFile.Refusal(problems: [error])
        }
        return try ThemeFile(parsing: bytes, file: path)
    }

    // MARK: - Helpers

    private static var files: [String] { folders.flatMap { Files.matching("\($0)/*.yaml") } }

    private static func path(of name: String) -> String? {
        folders.map { "\($0)/\(name).yaml" }.first { access($0, F_OK) == 0 }
    }

    /// Whether two paths name one file.
    private static func isSame(_ a: String, _ b: String) -> Bool {
        if a == b { return true }
        var (left, right) = (stat(), stat())
        guard stat(a, &left) == 0, stat(b, &right) == 0 else { return false }
        return left.st_dev == right.st_dev && left.st_ino == right.st_ino
    }
}
