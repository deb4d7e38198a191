import Diagnostics
import JSON
import MetricModel
import SeriesStore
import Testing

@testable import Dashboard

/// Dashboards of others: each is read or refused with a reason, and drawn without any data.
@Suite(.enabled(if: hasSharedFolder, "no dashboards of others beside the repository"))
struct CensusTests {
    @Test func everyFileIsReadAndDrawn() throws {
        let names = fileNames(sharedFolder, suffix: ".json")
        #expect(names.count > 50)
        var files = 0
        var panels = 0
        var drawn = 0
        var whole = 0
        var queries = 0
        var broken = 0
        var reasons: [String: Int] = [:]
        for name in names {
            let dashboard: Dashboard
            do throws(Problem) {
                dashboard = try Dashboard.read(bytes("\(sharedFolder)/\(name)"), file: name)
            } catch {
                Issue.record("\(name) refused: \(error)")
                continue
            }
            files += 1
            let check = DashboardCheck(dashboard)
            panels += check.panelCount
            drawn += check.drawnPanelCount
            whole += check.wholePanelCount
            queries += check.queryCount
            broken += check.brokenQueryCount
            for line in check.lines {
                let key = line.notice.path.split(separator: ".").map { $0.prefix { $0 != "[" } }
                    .suffix(3).joined(separator: ".")
                reasons["\(key) \(line.notice.value.prefix(30)) \(line.notice.reason)", default: 0] += 1
            }
            var model = DashboardModel(dashboard)
            let store = SeriesStore()
            let views = model.views(context(store)) { _ in PanelSize(columns: 60, rows: 10) }
            #expect(views.count >= min(1, check.panelCount))
        }
        print(
            "dashboards \(files), panels \(panels), drawn \(drawn), whole \(whole), queries \(queries), broken \(broken)"
        )
        for (reason, count) in reasons.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }).prefix(120) {
            print(count, reason)
        }
    }

    @Test func everyFileIsDrawnWithData() throws {
        var health: [String: Int] = [:]
        var contents: [String: Int] = [:]
        var problems: [String: Int] = [:]
        var panels = 0
        for name in fileNames(sharedFolder, suffix: ".json") {
            let dashboard = try Dashboard.read(bytes("\(sharedFolder)/\(name)"), file: name)
            var data = SyntheticData()
            data.fill(for: dashboard)
            var model = DashboardModel(dashboard)
            for item in model.layout(context(data.store)) where item.isRow {
                model.setCollapsed(false, row: item.key)
            }
            for placed in model.views(context(data.store), size: { _ in PanelSize(columns: 60, rows: 10) }) {
                guard placed.view.content.isPanel else { continue }
                panels += 1
                let kind = "\(placed.view.content)".prefix { $0 != "(" }
                contents[String(kind), default: 0] += 1
                switch placed.view.health {
                case .fresh: health["fresh", default: 0] += 1
                case .noData: health["no data", default: 0] += 1
                case .stale: health["stale", default: 0] += 1
                case .partial(let text), .error(let text):
                    health["partial or error", default: 0] += 1
                    problems[String(text.string.prefix(120)), default: 0] += 1
                }
                #expect(!placed.view.title.string.contains("${"), "\(name) \(placed.view.title)")
            }
        }
        print(
            "placed \(panels), \(health.sorted { $0.key < $1.key }), \(contents.sorted { $0.value > $1.value })"
        )
        for (problem, count) in problems.sorted(by: { $1.value < $0.value }) { print(count, problem) }
    }
}
