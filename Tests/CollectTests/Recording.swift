import Foundation
import JSON
import MetricModel

/// Requests that a collector made of a real Airflow and a real Prometheus, with what came back.
struct Recording: Sendable {
    struct Exchange: Sendable {
        /// Short name of what was asked: `dagRuns.all.since`.
        var endpoint: String
        var parameters: [String: String]
        var time: Double
        var status: Int?
        var type: String
        var body: String
        /// `timeout`, `reset`, `incomplete`; `nil` when an answer came whole.
        var failure: String?
    }

    var exchanges: [Exchange]

    /// The recordings beside the repository, when they are there.
    static let folder: URL = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("shared/real")

    static var isAvailable: Bool {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent("airflow-rest.jsonl.gz").path)
    }

    static func read(_ name: String) throws -> Recording {
        let unpack = Process()
        unpack.executableURL = URL(fileURLWithPath: "/bin/gzip")
        unpack.arguments = ["-dc", folder.appendingPathComponent(name).path]
        let output = Pipe()
        unpack.standardOutput = output
        try unpack.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        unpack.waitUntilExit()
        let exchanges = try data.split(separator: 10).map { line in
            let value = try JSONValue.parse(Array(line))
            var parameters: [String: String] = [:]
            for pair in value["params"]?.elements ?? [] {
                guard let name = pair[0]?.string else { continue }
                parameters[name] = pair[1]?.string ?? pair[1]?.integer.map(String.init) ?? ""
            }
            return Exchange(
                endpoint: value["ep"]?.string ?? "", parameters: parameters, time: value["ts"]?.number ?? 0,
                status: value["status"]?.integer.map(Int.init),
                type: value["headers"]?["content-type"]?.string ?? "",
                body: value["body"]?.string ?? "", failure: value["err"]?["kind"]?.string)
        }
        return Recording(exchanges: exchanges)
    }

    /// The last exchange of `endpoint` up to `time` that satisfies `where`.
    func latest(_ endpoint: String, at time: Double, where condition: (Exchange) -> Bool = { _ in true })
        -> Exchange?
    {
        exchanges.last { $0.endpoint == endpoint && $0.time <= time && condition($0) }
    }
}
