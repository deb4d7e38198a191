import Diagnostics
import MetricModel
import PromQL

/// What of a dashboard planetop does not honour, for `planetop check dashboard`.
package struct DashboardCheck: Sendable {
    /// One line of the report.
    package struct Line: Sendable, Hashable {
        /// `nil` for the dashboard itself.
        package var panelID: Int?
        package var panelTitle: String
        package var panelType: String
        package var notice: Notice

        /// `panel 12 "Requests" (graph): path = value: reason`.
        package var text: String {
            let body = shortened(notice.line, to: 400)
            guard let panelID else { return "dashboard: \(body)" }
            let title = panelTitle.isEmpty ? "" : " \"\(shortened(panelTitle))\""
            return "panel \(panelID)\(title) (\(panelType)): \(body)"
        }
    }

    package var lines: [Line] = []
    /// Panels of the file, row headers not counted.
    package var panelCount = 0
    /// Panels that are drawn with nothing of them left out.
    package var wholePanelCount = 0
    /// Panels that are drawn, some with parts left out.
    package var drawnPanelCount = 0
    /// Queries for Prometheus, and those of them that cannot be parsed.
    package var queryCount = 0
    package var brokenQueryCount = 0

    package init(_ dashboard: Dashboard) {
        for notice in dashboard.notices {
            lines.append(Line(panelID: nil, panelTitle: "", panelType: "", notice: notice))
        }
        let scope = Self.sampleScope(dashboard)
        for panel in dashboard.panels {
            panelCount += 1
            var notices = panel.notices
            var isDrawn = true
            if case .unsupported = panel.kind {
                isDrawn = false
            } else {
                for target in panel.targets where target.source == .prometheus && !target.expression.isEmpty {
                    queryCount += 1
                    if let problem = Self.problem(panel, target, scope) {
                        brokenQueryCount += 1
                        notices.append(problem)
                    }
                }
                notices += Self.unknownVariables(panel, dashboard)
            }
            if isDrawn { drawnPanelCount += 1 }
            if isDrawn && notices.isEmpty { wholePanelCount += 1 }
            lines += notices.map {
                Line(panelID: panel.id, panelTitle: panel.title, panelType: panel.typeName, notice: $0)
            }
        }
    }

    /// Values for every variable, so that queries can be parsed without data: what the file has chosen, else anything.
    private static func sampleScope(_ dashboard: Dashboard) -> VariableScope {
        let range = TimeRange(from: Timestamp(milliseconds: 0), to: Timestamp(milliseconds: 3_600_000))
        var values: [String: VariableValue] = [:]
        for variable in dashboard.variables {
            var text = variable.current.first?.value ?? ""
            switch variable.kind {
            case .interval: text = text.hasPrefix("$__auto") || text.isEmpty ? "1m" : text
            case .constant, .textBox: text = text.isEmpty ? variable.query : text
            case .custom:
                if text.isEmpty { text = VariableResolver.customOptions(variable.query).first?.value ?? "" }
            default: break
            }
            if text == VariableDefinition.all { text = variable.allValue ?? "a" }
            if text.isEmpty {
                // A query often stands for a number or a range: a word would not parse there.
                text = variable.options.first?.value ?? (variable.kind == .textBox ? "" : "a")
            }
            values[variable.name] = VariableValue(text)
        }
        var scope = VariableScope(
            range: range, zone: ZoneClock(offsetSeconds: 0, now: range.to), values: values)
        scope.step = StepChoice(
            range: range.length, wish: StepChoice.Wish(points: 100, cadence: .seconds(15)))
        return scope
    }

    private static func problem(
        _ panel: PanelDefinition, _ target: TargetDefinition, _ scope: VariableScope
    ) -> Notice? {
        let text = scope.replacing(target.expression, standard: .query)
        guard !text.allSatisfy(\.isWhitespace) else { return nil }
        do throws(ParseError) {
            _ = try parse(text)
            return nil
        } catch {
            let place = linePosition(ofByte: error.position.lowerBound, in: text)
            return Notice(
                "\(panel.path).\(target.path).expr", shortened(text),
                .invalid("\(error.message), line \(place.line), column \(place.column)"))
        }
    }

    /// Variables that a panel's queries name and the dashboard does not have; dollars of regular expressions are none.
    private static func unknownVariables(_ panel: PanelDefinition, _ dashboard: Dashboard) -> [Notice] {
        let known = Set(dashboard.variables.map(\.name))
        var seen: Set<String> = []
        var notices: [Notice] = []
        for target in panel.targets where target.source == .prometheus {
            for mention in TemplateText.mentions(in: target.expression) {
                let name = mention.name
                if known.contains(name) || VariableScope.macros.contains(name) || Int(name) != nil {
                    continue
                }
                // `label_replace(…, "$1suffix", …)`
                if name.first?.isNumber == true { continue }
                if seen.insert(name).inserted {
                    notices.append(
                        Notice(
                            "\(panel.path).\(target.path).expr", "$\(name)",
                            .invalid("the dashboard has no such variable"))
                    )
                }
            }
            for mention in TemplateText.mentions(in: target.expression + target.legend) {
                guard let format = mention.format, known.contains(mention.name) else { continue }
                let base = String(format.prefix { $0 != ":" })
                if !VariableFormat.names.contains(base), seen.insert("format " + base).inserted {
                    notices.append(
                        Notice("\(panel.path).\(target.path).expr", "${\(mention.name):\(format)}", .value))
                }
            }
        }
        return notices
    }
}
