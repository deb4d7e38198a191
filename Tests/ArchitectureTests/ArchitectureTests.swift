import Foundation
import Testing

/// The module map of `docs/architecture.md` as data: which module may import which.
///
/// The package manager enforces only part of it: a module that some other dependency happens to build can be imported
/// without being declared. So the sources themselves are read.
private let allowedImports: [String: Set<String>] = [
    "DisplayText": [],
    "Diagnostics": [],
    "JSON": ["Diagnostics", "Glibc"],
    "YAML": ["CYaml", "Diagnostics"],
    "RegularExpressions": ["CRE2"],
    "Canvas": ["DisplayText", "Glibc"],
    "Themes": ["Canvas", "YAML", "Diagnostics"],
    "MetricModel": ["Diagnostics", "RegularExpressions"],
    "Messaging": ["MetricModel", "Diagnostics", "JSON", "DisplayText", "CZlib"],
    "SeriesStore": ["MetricModel", "Glibc"],
    "PromQL": ["MetricModel", "Diagnostics", "RegularExpressions", "Glibc"],
    "Rules": ["PromQL", "MetricModel", "Diagnostics", "YAML", "RegularExpressions", "Glibc"],
    "Dashboard": [
        "Rules", "PromQL", "MetricModel", "Diagnostics", "JSON", "DisplayText", "RegularExpressions", "Glibc",
    ],
    "Panels": ["Dashboard", "Rules", "Canvas", "MetricModel", "DisplayText", "Diagnostics", "Glibc"],
    "Simulator": ["Messaging", "MetricModel", "Glibc"],
    "Builtin": [],
    "Monitor": [
        "Messaging", "SeriesStore", "PromQL", "Rules", "Dashboard", "Panels", "Canvas", "MetricModel",
        "Diagnostics", "DisplayText",
    ],
    "Capture": ["Messaging", "MetricModel", "Diagnostics", "JSON", "CZstd", "Glibc"],
    "AMQP": [
        "Messaging", "MetricModel", "Diagnostics", "CRabbitMQ", "DequeModule", "Synchronization", "Glibc",
    ],
    "Terminal": ["Canvas", "Diagnostics", "CNcurses", "CTerminalSignals", "Glibc"],
    "Collect": [
        "Messaging", "MetricModel", "Diagnostics", "JSON", "YAML", "CCurl", "Logging", "Synchronization",
        "Glibc",
    ],
]

/// Modules that wire the others together; they may import every module of the package, and these from elsewhere.
private let executables: [String: Set<String>] = [
    "planetop": ["ArgumentParser", "Glibc", "Synchronization"],
    "planetop-collect": ["ArgumentParser", "Glibc", "Synchronization", "Logging"],
]

private let cModules: Set<String> = [
    "CNcurses", "CRabbitMQ", "CZstd", "CYaml", "CCurl", "CRE2", "CTerminalSignals", "CZlib",
]

private let topLevel: Set<String> = [
    "Package.swift", "Sources", "Tests", "themes", "docs", "LICENSE", "README.md",
]

private let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

private func entries(of folder: URL) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.sorted() ?? []
}

private func swiftFiles(under folder: URL) -> [URL] {
    let all =
        FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects as? [URL]
    return (all ?? []).filter { $0.pathExtension == "swift" }
}

/// The modules that a source file imports, attributes and single declarations (`import struct X.Y`) included.
func importedModules(in source: String) -> [String] {
    source.split(separator: "\n").compactMap { line in
        var words = line.split(separator: " ").map(String.init)
        while let first = words.first,
            first.hasPrefix("@")
                || ["public", "package", "internal", "private", "fileprivate"].contains(first)
        {
            words.removeFirst()
        }
        guard words.first == "import", words.count > 1 else { return nil }
        let kinds: Set = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
        let name = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
        return name.split(separator: ".").first.map(String.init)
    }
}

@Test("each module imports only what the architecture allows", arguments: allowedImports.keys.sorted())
func imports(of module: String) throws {
    let allowed = allowedImports[module]!
    let files = swiftFiles(under: root.appendingPathComponent("Sources/\(module)"))
    #expect(!files.isEmpty, "module \(module) has no sources")
    for file in files {
        for imported in importedModules(in: try String(contentsOf: file, encoding: .utf8)) {
            #expect(
                allowed.contains(imported),
                "\(module)/\(file.lastPathComponent) imports \(imported), which the architecture forbids")
        }
    }
}

@Test("executables import modules of the package and little else", arguments: executables.keys.sorted())
func executableImports(of target: String) throws {
    let allowed = executables[target]!.union(allowedImports.keys)
    for file in swiftFiles(under: root.appendingPathComponent("Sources/\(target)")) {
        for imported in importedModules(in: try String(contentsOf: file, encoding: .utf8)) {
            #expect(allowed.contains(imported), "\(target)/\(file.lastPathComponent) imports \(imported)")
        }
    }
}

/// Modules at the rim: the only ones that may ask what time it is or open anything.
private let rim: Set<String> = ["Capture", "AMQP", "Terminal", "Collect"]

@Test(
    "nobody but the rim reads a clock or touches files and sockets", arguments: allowedImports.keys.sorted())
func purity(of module: String) throws {
    if rim.contains(module) { return }
    let impure = [
        "clock_gettime(", "gettimeofday(", "clock_nanosleep(", "usleep(", "fopen(", "socket(", "getenv(",
    ]
    for file in swiftFiles(under: root.appendingPathComponent("Sources/\(module)")) {
        let source = try String(contentsOf: file, encoding: .utf8)
        for call in impure {
            #expect(!source.contains(call), "\(module)/\(file.lastPathComponent) calls \(call)…): pass it in")
        }
    }
}

@Test("the allowed imports have no cycle")
func arrowsPointDown() {
    var settled: Set<String> = []
    var rest = allowedImports
    while !rest.isEmpty {
        let ready = rest.filter { $0.value.filter { allowedImports[$0] != nil }.isSubset(of: settled) }.keys
        #expect(!ready.isEmpty, "a cycle among \(rest.keys.sorted())")
        if ready.isEmpty { return }
        settled.formUnion(ready)
        for name in ready { rest[name] = nil }
    }
}

@Test("Sources holds the modules of the architecture and nothing else")
func sourcesFolder() {
    let known = Set(allowedImports.keys).union(cModules).union(executables.keys)
    for entry in entries(of: root.appendingPathComponent("Sources")) {
        #expect(known.contains(entry), "Sources/\(entry) is no module of the architecture")
    }
}

@Test("each source file lies in its module, Swift or C only")
func sourceFiles() {
    let kinds: Set = ["swift", "c", "cpp", "h", "modulemap", "json", "yml"]
    let sources = root.appendingPathComponent("Sources")
    let all = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: [.isDirectoryKey])
    for case let file as URL in all! {
        if (try? file.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true { continue }
        #expect(kinds.contains(file.pathExtension), "\(file.path) does not belong under Sources")
    }
}

@Test("the top level holds the agreed entries only")
func topLevelEntries() {
    // The package manager writes its lock file there; it is not part of the repository.
    for entry in entries(of: root) where !entry.hasPrefix(".") && entry != "Package.resolved" {
        #expect(topLevel.contains(entry), "\(entry) does not belong at the top level")
    }
}

@Test("nothing in Sources imports Foundation")
func noFoundation() throws {
    for file in swiftFiles(under: root.appendingPathComponent("Sources")) {
        for imported in importedModules(in: try String(contentsOf: file, encoding: .utf8)) {
            #expect(!imported.hasPrefix("Foundation"), "\(file.lastPathComponent) imports \(imported)")
        }
    }
}

@Test(
    "imports are recognised however they are written",
    arguments: [
        ("import A", ["A"]), ("@preconcurrency import B", ["B"]), ("internal import struct C.D", ["C"]),
        ("import E.F", ["E"]), ("// import G", []), ("let x = 1", []),
        ("@_exported import H\nimport I", ["H", "I"]),
    ] as [(String, [String])])
func importScanner(source: String, expected: [String]) {
    #expect(importedModules(in: source) == expected)
}
