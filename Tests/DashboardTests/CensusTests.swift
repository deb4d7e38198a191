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
}
