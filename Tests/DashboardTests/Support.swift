import Diagnostics
import Glibc
import JSON
import MetricModel
import PromQL
import Rules
import SeriesStore

@testable import Dashboard

extension SeriesStore: LabelSource {}

/// The folder of this file.
let testFolder = String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex))

/// Dashboards of others, beside the repository's top folder; not part of it.
let sharedFolder = testFolder + "/../../../shared/grafana"

let hasSharedFolder = access(sharedFolder, R_OK) == 0

func fileNames(_ folder: String, suffix: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name.hasSuffix(suffix) { names.append(name) }
    }
    return names.sorted()
}

func bytes(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "rb") else { return [] }
    defer { fclose(file) }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { break }
        result += buffer[..<count]
    }
    return result
}

/// A sample dashboard of this folder.
func sample(_ name: String) throws -> Dashboard {
    try Dashboard.read(bytes("\(testFolder)/Samples/\(name)"), file: name)
}

/// A dashboard with these panels, and what else its file says.
func dashboard(_ panels: String, _ rest: String = "") throws -> Dashboard {
    let text = #"{"title": "Test", "uid": "test", "schemaVersion": 39, "panels": [\#(panels)]\#(rest)}"#
    return try Dashboard.read(Array(text.utf8), file: "test.json")
}

/// One panel of the given JSON members, at the top of the grid.
func panelJSON(_ members: String, id: Int = 1) -> String {
    #"{"id": \#(id), "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}, "title": "P", \#(members)}"#
}

/// The time that tests stand at; a whole hour.
let cursor = Timestamp(milliseconds: 1_700_000_000_000 / 3_600_000 * 3_600_000)

/// A store with series whose values are given by minutes before the cursor, oldest first, 15 seconds apart.
func store(_ series: KeyValuePairs<LabelSet, [Double]>, until end: Timestamp = cursor) -> SeriesStore {
    let store = SeriesStore()
    for (labels, values) in series {
        for (index, value) in values.enumerated() {
            let time = end - TimeSpan.seconds(Int64(15 * (values.count - 1 - index)))
            _ = store.append(labels, Sample(time, value))
        }
    }
    return store
}

func context(
    _ store: SeriesStore, range: TimeSpan? = nil, alerts: [AlertInstance] = [],
    transitions: [AlertTransition] = [], rules: [LinkedRule] = [], at time: Timestamp = cursor
) -> DashboardContext {
    DashboardContext(
        cursor: time, range: range.map { TimeRange(from: time - $0, to: time) }, source: store, labels: store,
        alerts: alerts, transitions: transitions, linkedRules: rules)
}

/// The view of the first panel of a dashboard.
func firstView(_ dashboard: Dashboard, _ context: DashboardContext) -> PanelView? {
    var model = DashboardModel(dashboard)
    return model.views(context) { _ in PanelSize(columns: 60, rows: 10) }.first { $0.view.content.isPanel }?
        .view
}

extension PanelContent {
    var isPanel: Bool {
        if case .row = self { false } else { true }
    }
}
