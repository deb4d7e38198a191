import Glibc

/// Where the tests find their files, relative to this one.
enum TestFiles {
    /// The folder of this module's tests.
    static var folder: String { parent(of: #filePath) }

    /// Data that lies beside the repository and may be absent.
    static var shared: String { parent(of: parent(of: parent(of: folder))) + "/shared" }

    static func isPresent(_ path: String) -> Bool { access(path, R_OK) == 0 }

    /// The text of a file; empty when it cannot be read.
    static func text(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The files below `folder` whose names end in one of `endings`, sorted.
    static func files(below folder: String, endings: [String]) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var paths: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") { continue }
            let path = folder + "/" + name
            if endings.contains(where: { name.hasSuffix($0) }) {
                paths.append(path)
            } else {
                paths += files(below: path, endings: endings)
            }
        }
        return paths.sorted()
    }

    private static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
