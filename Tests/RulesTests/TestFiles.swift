import Diagnostics
import Glibc

@testable import Rules

/// The folder of this module's tests.
private let testFolder: String = {
    let file = #filePath
    return String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
}()

let goldenFolder = testFolder + "/Golden"

/// Shared material beside the repository, when it is there.
let sharedRules: String? = {
    let folder = testFolder + "/../../../shared/rules"
    return access(folder, R_OK) == 0 ? folder : nil
}()

/// The bytes of a file as text; `nil` when it cannot be read.
func readFile(_ path: String) -> String? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { break }
        bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
}

extension String {
    /// The parts between occurrences of `separator`.
    func split(separatorText separator: String) -> [String] {
        var parts: [String] = []
        var current = ""
        var rest = self[...]
        while let first = rest.first {
            if rest.hasPrefix(separator) {
                parts.append(current)
                current = ""
                rest = rest.dropFirst(separator.count)
            } else {
                current.append(first)
                rest = rest.dropFirst()
            }
        }
        return parts + [current]
    }
}

/// The files that a glob pattern names.
func glob(_ pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard Glibc.glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
}

/// Rule unit tests of the project's own.
let casesFolder = testFolder + "/Cases"

/// Rule tests read from disk.
func diskFiles() -> RuleTestFiles {
    RuleTestFiles(matching: glob) { path throws(Problem) in
        guard let text = readFile(path) else {
            throw Problem("cannot read the file", at: SourcePlace(file: path))
        }
        return text
    }
}
