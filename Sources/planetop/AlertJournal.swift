import Diagnostics
import MetricModel
import Monitor
import Rules

/// Keeps the state of alerts over a restart: firing goes on firing, pending keeps its time, whatever the `for`.
struct AlertJournal {
    private let path: String?

    /// - Parameter endpoint: what is watched; each broker has a journal of its own.
    init(endpoint: String) {
        var name = ""
        for scalar in endpoint.unicodeScalars {
            let isPlain =
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            name.unicodeScalars.append(isPlain || scalar == "-" || scalar == "." ? scalar : "_")
        }
        path = Settings.stateFolder.map { "\($0)/alerts-\(name.suffix(120)).jsonl" }
    }

    /// A journal that is not there or cannot be read costs nothing but itself.
    func restore(_ observatory: Observatory) {
        guard let path, let bytes = try? Files.read(path) else { return }
        guard
            let snapshot = try? RuleStateSnapshot(parsing: String(decoding: bytes, as: UTF8.self), file: path)
        else { return }
        observatory.restore(snapshot)
    }

    func save(_ observatory: Observatory) {
        guard let path, let folder = Settings.stateFolder else { return }
        try? Files.makeFolder(folder)
        try? Files.write(Array(observatory.rules.snapshot().text.utf8), to: path)
    }
}
