import MetricModel
import SeriesStore
import Testing

@testable import Dashboard

/// Four values a minute for an hour, counting up from `first`.
func hour(_ first: Double = 0, by step: Double = 1) -> [Double] {
    (0..<241).map { first + step * Double($0) }
}

let oneHour = #", "time": {"from": "now-1h", "to": "now"}"#

func view(_ members: String, _ store: SeriesStore, _ rest: String = oneHour) throws -> PanelView {
    try #require(firstView(try dashboard(panelJSON(members), rest), context(store)))
}

func stat(_ view: PanelView) throws -> StatView {
    guard case .stat(let stat) = view.content else { throw Mismatch("\(view.content)") }
    return stat
}

func graph(_ view: PanelView) throws -> TimeSeriesView {
    guard case .timeSeries(let graph) = view.content else { throw Mismatch("\(view.content)") }
    return graph
}

func table(_ view: PanelView) throws -> TableView {
    guard case .table(let table) = view.content else { throw Mismatch("\(view.content)") }
    return table
}

struct Mismatch: Error { init(_ text: String) {} }
