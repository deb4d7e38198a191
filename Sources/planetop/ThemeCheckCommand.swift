import ArgumentParser
import Canvas
import Diagnostics
import DisplayText
import Themes

struct ThemeCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "theme", abstract: "Check theme files, and say which states they make look the same.")

    @Argument(help: "Theme files, or folders of them.", completion: .file())
    var files: [String]

    func run() throws {
        try orFail { () throws(Problem) in
            var refused = 0
            for path in files {
                for file in try Files.expand(path, extensions: ["yaml", "yml"]) {
                    do throws(ThemeFile.Refusal) {
                        let theme = try ThemeShelf.file(file)
                        output(Self.summary(of: theme, file))
                        for remark in Self.remarks(on: theme) { output("  \(remark)") }
                    } catch {
                        refused += 1
                        for problem in error.problems { report("\(problem)") }
                    }
                }
            }
            if refused > 0 { throw Problem("\(refused) of the theme files are not taken") }
        }
    }

    private static func summary(of file: ThemeFile, _ path: String) -> String {
        let base = file.base.map { " over \($0)" } ?? ""
        return "\(path): ok, theme \(SafeText(file.theme.name).string), \(file.styleCount) styles\(base)"
    }

    /// What a theme does not do, although nothing in it is wrong.
    private static func remarks(on file: ThemeFile) -> [String] {
        func groups(_ depth: ColorDepth) -> [[String]] { ThemeReview.alike(in: file.theme, at: depth) }
        func words(_ groups: [[String]]) -> String {
            groups.map { $0.joined(separator: " and ") }.joined(separator: ", ")
        }
        var remarks: [String] = []
        let alike = groups(.palette256)
        for group in alike {
            remarks.append("warning: \(words([group])) look the same; only their shapes and words differ")
        }
        for (depth, name) in [(ColorDepth.sixteen, "16"), (.eight, "8")] {
            let more = groups(depth).filter { !alike.contains($0) }
            if !more.isEmpty {
                remarks.append("note: on a terminal of \(name) colours \(words(more)) look the same")
            }
        }
        if file.styleCount == 0 { remarks.append("note: it sets no style") }
        if Theme.builtIn(named: file.theme.name) != nil {
            remarks.append(
                "note: `--theme \(file.theme.name)` is the built-in theme of that name, not this file")
        }
        return remarks
    }
}
