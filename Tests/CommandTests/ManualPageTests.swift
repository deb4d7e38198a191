import Foundation
import JSON
import Testing

/// A command as the program itself describes it.
private struct DescribedCommand: Sendable, CustomTestStringConvertible {
    /// `["planetop", "check", "rules"]`
    var words: [String]
    var abstract: String
    var arguments: [JSONValue]
    var children: [String]

    var testDescription: String { words.joined(separator: " ") }
    var pageName: String { words.joined(separator: "-") }

    /// Every command of a program that its help shows.
    static func all(of program: String) throws -> [DescribedCommand] {
        let answer = try Command.run(
            ["--experimental-dump-help"], program: PseudoTerminal.program(program))
        let root = try JSONValue.parse(Array(answer.output.utf8))
        return collect(try #require(root["command"]), below: [])
    }

    private static func collect(_ command: JSONValue, below words: [String]) -> [DescribedCommand] {
        let words = words + [command["commandName"]?.string ?? ""]
        let children = (command["subcommands"]?.elements ?? []).filter {
            $0["shouldDisplay"]?.bool != false && $0["commandName"]?.string != "help"
        }
        let own = DescribedCommand(
            words: words, abstract: command["abstract"]?.string ?? "",
            arguments: (command["arguments"]?.elements ?? []).filter { $0["shouldDisplay"]?.bool != false },
            children: children.compactMap { $0["commandName"]?.string })
        return [own] + children.flatMap { collect($0, below: words) }
    }
}

private let manualFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../docs/man").standardizedFileURL

extension CommandSuites {
    /// The manual pages and the completion scripts follow the programs. After a change of a command:
    /// `docs/man/generate`.
    @Suite struct ManualPageTests {
        @Test(
            "every command and option is in its page, and nothing else",
            arguments: ["planetop", "planetop-collect"])
        func pagesFollowTheHelp(_ program: String) throws {
            let commands = try DescribedCommand.all(of: program)
            #expect(commands.count >= (program == "planetop" ? 20 : 4))
            for command in commands { try check(command) }
        }

        private func check(_ command: DescribedCommand) throws {
            let path = manualFolder.appendingPathComponent("\(command.pageName).1").path
            let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
            guard let text else {
                Issue.record("no page docs/man/\(command.pageName).1: run docs/man/generate")
                return
            }
            let lines = text.split(separator: "\n")
            // Sentences begin on lines of their own in a page.
            let prose = lines.joined(separator: " ")
            var expected: Set<String> = []
            for argument in command.arguments {
                let names = (argument["names"]?.elements ?? []).compactMap { $0["name"]?.string }
                expected.formUnion(names.map { $0.count == 1 ? "-\($0)" : "--\($0)" })
                if names.isEmpty, let value = argument["valueName"]?.string { expected.insert(value) }
                let abstract = argument["abstract"]?.string ?? ""
                #expect(prose.contains(abstract), "\(command.pageName): \(abstract)")
                if let value = argument["defaultValue"]?.string, argument["kind"]?.string != "flag" {
                    #expect(
                        prose.contains("The default is \(value)."), "\(command.pageName): \(names) \(value)")
                }
            }
            for child in command.children {
                #expect(lines.contains(".It Cm \(child)"), "\(command.pageName): \(child)")
            }
            let listed = lines.filter { $0.hasPrefix(".It Fl ") || $0.hasPrefix(".It Ar ") }
            let found = Set(listed.flatMap(names(ofItem:)))
            #expect(found == expected, "\(command.pageName)")
            for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "\"EXIT STATUS\"", "\"SEE ALSO\""] {
                #expect(lines.contains(".Sh \(section)"), "\(command.pageName): \(section)")
            }
        }

        /// `.It Fl h , -help` names `-h` and `--help`, `.It Fl -at Ar at` names `--at`, `.It Ar file` names `file`.
        private func names(ofItem line: Substring) -> [String] {
            let words = line.split(separator: " ").dropFirst()
            if words.first == "Ar" {
                return words.dropFirst().map { $0.replacingOccurrences(of: "...", with: "") }
            }
            return words.dropFirst().prefix { $0 != "Ar" }.filter { $0 != "," && $0 != "Fl" }.map { "-\($0)" }
        }

        @Test("no page is of a command that is gone")
        func pagesAreOfCommands() throws {
            let names = try ["planetop", "planetop-collect"].flatMap(DescribedCommand.all).map(\.pageName)
            let files = try FileManager.default.contentsOfDirectory(atPath: manualFolder.path)
            let pages = files.filter { $0.hasSuffix(".1") }.map { String($0.dropLast(2)) }
            #expect(Set(pages) == Set(names))
        }

        @Test("completion scripts", arguments: ["planetop", "planetop-collect"], ["bash", "zsh", "fish"])
        func completion(_ program: String, _ shell: String) throws {
            let answer = try Command.run(
                ["--generate-completion-script", shell], program: PseudoTerminal.program(program))
            #expect(answer.code == 0 && answer.errors.isEmpty)
            for command in try DescribedCommand.all(of: program).dropFirst() {
                #expect(answer.output.contains(command.words.last ?? ""))
            }
        }

        @Test("bash completes commands, files and lists")
        func completionInBash() throws {
            let folder = try temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let script = try Command.run(["--generate-completion-script", "bash"]).output
            try script.write(toFile: folder + "/completion", atomically: true, encoding: .utf8)
            try "".write(toFile: folder + "/night.ptcap", atomically: true, encoding: .utf8)
            try "".write(toFile: folder + "/evening.yaml", atomically: true, encoding: .utf8)
            let test = """
                cd "$1"; PATH=$2:$PATH; . ./completion
                try() {
                    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
                    _planetop planetop "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
                    echo "${COMPREPLY[*]}"
                }
                try planetop sna
                try planetop replay ni
                try planetop query x --load ni
                try planetop live --theme co
                try planetop live --theme ev
                try planetop live --theme ./ev
                try planetop query x -o js
                """
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            let programs = URL(fileURLWithPath: PseudoTerminal.program("planetop"))
                .deletingLastPathComponent()
            process.arguments = ["-c", test, "bash", folder, programs.path]
            process.environment = testEnvironment(folder: folder)
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            let output = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            #expect(
                String(decoding: output, as: UTF8.self).split(separator: "\n") == [
                    "snapshot", "night.ptcap", "night.ptcap", "color-blind", "evening.yaml", "./evening.yaml",
                    "json",
                ])
        }
    }
}
