import Builtin
import JSON
import PromQL
import Rules
import Testing

@testable import Dashboard

/// A built-in dashboard as it lies in its file.
struct BuiltinFile: Sendable, CustomTestStringConvertible {
    var name: String
    var json: JSONValue

    var testDescription: String { name }
    var panels: [JSONValue] { json["panels"]?.elements ?? [] }
    var variables: [JSONValue] { json["templating", "list"]?.elements ?? [] }

    static let all: [BuiltinFile] = Builtin.dashboards.map {
        BuiltinFile(name: $0.name, json: (try? JSONValue.parse($0.json, file: $0.name)) ?? JSONValue(.null))
    }
}

/// A stock Grafana imports the built-in dashboards unchanged: nothing in them is unknown there.
@Suite struct BuiltinDashboardTests {
    private func keys(_ value: JSONValue?) -> Set<String> { Set(value?.object?.keys ?? []) }

    private func expectKnown(_ value: JSONValue?, _ known: Set<String>, _ place: String) {
        let unknown = keys(value).subtracting(known)
        #expect(unknown.isEmpty, "\(place): \(unknown.sorted())")
    }

    /// Words that stand for themselves wherever a member of that name is.
    private func expectWords(_ value: JSONValue, _ place: String) {
        for element in value.elements { expectWords(element, place) }
        guard let object = value.object else { return }
        for (key, member) in object {
            if let words = GrafanaSchema.words[key], let word = member.string {
                #expect(words.contains(word), "\(place).\(key): \(word)")
            }
            expectWords(member, "\(place).\(key)")
        }
    }

    @Test(
        "a file stands for itself: no inputs to ask for, no Grafana of one's own", arguments: BuiltinFile.all)
    func file(_ file: BuiltinFile) throws {
        expectKnown(file.json, GrafanaSchema.dashboard, file.name)
        #expect(file.json["__inputs"] == nil && file.json["id"] == nil)
        let uid = try #require(file.json["uid"]?.string)
        #expect(uid == "planetop-\(file.name.dropLast(5))" && uid.utf8.count <= 40)
        // Grafana migrates older versions by itself; 36 is the oldest that it takes without changing panels.
        #expect((36...42).contains(try #require(file.json["schemaVersion"]?.integer)))
        #expect((0...2).contains(try #require(file.json["graphTooltip"]?.integer)))
        #expect(file.json["time", "from"]?.string == "now-1h" && file.json["time", "to"]?.string == "now")
        let annotations = file.json["annotations", "list"]?.elements ?? []
        #expect(annotations.count == 1)
        for annotation in annotations {
            expectKnown(annotation, GrafanaSchema.annotation, "annotation")
            #expect(
                annotation["builtIn"]?.integer == 1
                    && annotation["datasource", "uid"]?.string == "-- Grafana --")
        }
        #expect(Set(BuiltinFile.all.compactMap { $0.json["uid"]?.string }).count == BuiltinFile.all.count)
        #expect(Set(BuiltinFile.all.compactMap { $0.json["title"]?.string }).count == BuiltinFile.all.count)
    }

    @Test("panels are Grafana's own and lie in its grid", arguments: BuiltinFile.all)
    func grid(_ file: BuiltinFile) throws {
        var ids: Set<Int64> = []
        var taken: [SIMD2<Int64>: Int64] = [:]
        for panel in file.panels {
            let id = try #require(panel["id"]?.integer)
            #expect(id > 0 && ids.insert(id).inserted, "panel \(id) comes twice")
            expectKnown(panel, GrafanaSchema.panel, "panel \(id)")
            let type = try #require(panel["type"]?.string)
            #expect(GrafanaSchema.options[type] != nil, "panel \(id): \(type)")
            expectKnown(panel["gridPos"], ["x", "y", "w", "h"], "panel \(id)")
            let (x, y) = (
                try #require(panel["gridPos", "x"]?.integer), try #require(panel["gridPos", "y"]?.integer)
            )
            let (w, h) = (
                try #require(panel["gridPos", "w"]?.integer), try #require(panel["gridPos", "h"]?.integer)
            )
            #expect(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= 24, "panel \(id)")
            for column in x..<x + w {
                for row in y..<y + h {
                    let other = taken.updateValue(id, forKey: SIMD2(column, row))
                    #expect(other == nil, "panel \(id) lies on panel \(other ?? 0)")
                }
            }
        }
        // Grafana would move panels up into a hole.
        let bottom = (taken.keys.map(\.y).max() ?? -1) + 1
        #expect(Int64(taken.count) == bottom * 24, "there are holes between the panels")
    }

    @Test("options are those of the panel's plugin", arguments: BuiltinFile.all)
    func options(_ file: BuiltinFile) throws {
        for panel in file.panels {
            let type = panel["type"]?.string ?? ""
            let place = "\(file.name), panel \(panel["id"]?.integer ?? 0)"
            let options = try #require(panel["options"])
            expectKnown(options, GrafanaSchema.options[type] ?? [], place)
            expectKnown(options["reduceOptions"], GrafanaSchema.reduceOptions, place)
            expectKnown(options["legend"], GrafanaSchema.legend, place)
            expectKnown(options["tooltip"], GrafanaSchema.tooltip, place)
            expectKnown(options["footer"], GrafanaSchema.tableFooter, place)
            expectKnown(options["stateFilter"], GrafanaSchema.alertStates, place)
            expectWords(panel, place)
            for calc in (options["reduceOptions", "calcs"]?.elements ?? [])
                + (options["legend", "calcs"]?.elements ?? [])
            {
                #expect(GrafanaSchema.calcs.contains(calc.string ?? ""), "\(place): \(calc)")
            }
            try fields(panel, type, place)
            for transformation in panel["transformations"]?.elements ?? [] {
                let id = transformation["id"]?.string ?? ""
                let known = try #require(GrafanaSchema.transformations[id], "\(place): \(id)")
                if !known.isEmpty { expectKnown(transformation["options"], known, "\(place), \(id)") }
            }
            // Elsewhere a variable with several values is written {a,b}, which no matcher understands.
            if let filter = options["alertInstanceLabelFilter"]?.string {
                for mention in TemplateText.mentions(in: filter) {
                    #expect(mention.format == "regex", "\(place)")
                }
            }
        }
    }

    private func fields(_ panel: JSONValue, _ type: String, _ place: String) throws {
        let custom = try #require(GrafanaSchema.custom[type])
        let defaults = panel["fieldConfig", "defaults"]
        expectKnown(panel["fieldConfig"], ["defaults", "overrides"], place)
        expectKnown(defaults, GrafanaSchema.fieldDefaults, place)
        expectKnown(defaults?["custom"], custom, "\(place), custom")
        for (key, value) in defaults?.object ?? JSONObject() { property(key, value, place) }
        for (key, value) in defaults?["custom"]?.object ?? JSONObject() {
            property("custom.\(key)", value, place)
        }
        for override in panel["fieldConfig", "overrides"]?.elements ?? [] {
            #expect(override["matcher", "id"]?.string == "byName")
            let name = override["matcher", "options"]?.string ?? ""
            #expect(fieldNames(panel).contains(name), "\(place): no field `\(name)`")
            for item in override["properties"]?.elements ?? [] {
                let id = item["id"]?.string ?? ""
                let isKnown =
                    id.hasPrefix("custom.")
                    ? custom.contains(String(id.dropFirst(7))) : GrafanaSchema.fieldDefaults.contains(id)
                #expect(isKnown && id != "custom", "\(place): \(id)")
                if let value = item["value"] { property(id, value, place) }
            }
        }
    }

    /// What series and columns of a panel are called.
    private func fieldNames(_ panel: JSONValue) -> Set<String> {
        var names = Set((panel["targets"]?.elements ?? []).compactMap { $0["legendFormat"]?.string })
        for transformation in panel["transformations"]?.elements ?? [] {
            let renames = transformation["options", "renameByName"]?.object ?? JSONObject()
            names.formUnion(renames.compactMap(\.value.string))
        }
        return names
    }

    private func property(_ id: String, _ value: JSONValue, _ place: String) {
        switch id {
        case "unit": #expect(UnitFormat.named(value.string).isKnown, "\(place): unit \(value)")
        case "color":
            #expect(GrafanaSchema.colorModes.contains(value["mode"]?.string ?? ""), "\(place): \(value)")
        case "decimals": #expect((0...10).contains(value.integer ?? -1), "\(place): \(value)")
        case "custom.cellOptions":
            #expect(GrafanaSchema.cellTypes.contains(value["type"]?.string ?? ""), "\(place): \(value)")
        case "mappings":
            for mapping in value.elements {
                #expect(["value", "range", "regex", "special"].contains(mapping["type"]?.string), "\(place)")
                expectKnown(mapping, ["type", "options"], place)
            }
        case "thresholds":
            #expect(["absolute", "percentage"].contains(value["mode"]?.string), "\(place)")
            let steps = value["steps"]?.elements ?? []
            #expect(steps.first?["value"]?.isNull == true, "\(place): the first threshold is minus infinity")
            let levels = steps.dropFirst().map { $0["value"]?.number ?? .nan }
            #expect(
                zip(levels, levels.dropFirst()).allSatisfy { $0 < $1 } && !levels.contains { $0.isNaN },
                "\(place)")
        default: break
        }
    }

    @Test("every query can be asked, of the data source that is chosen", arguments: BuiltinFile.all)
    func queries(_ file: BuiltinFile) throws {
        let dashboard = try Dashboard.read(
            try #require(Builtin.dashboards.first { $0.name == file.name }).json, file: file.name)
        let check = DashboardCheck(dashboard)
        // No panel asks for anything that planetop does not honour itself.
        #expect(check.lines.map(\.text) == [] && check.wholePanelCount == check.panelCount)
        #expect(check.panelCount == file.panels.count && check.brokenQueryCount == 0)
        for panel in file.panels {
            let place = "\(file.name), panel \(panel["id"]?.integer ?? 0)"
            let targets = panel["targets"]?.elements ?? []
            #expect(
                Set(targets.compactMap { $0["refId"]?.string }).count == targets.count,
                "\(place): refId twice")
            for target in targets {
                expectKnown(target, GrafanaSchema.target, place)
                #expect((target["expr"]?.string ?? "") != "", "\(place)")
                #expect((target["instant"]?.bool ?? false) != (target["range"]?.bool ?? false), "\(place)")
            }
            for holder in targets.isEmpty ? [] : [panel] + targets {
                #expect(holder["datasource", "uid"]?.string == "${datasource}", "\(place)")
                #expect(holder["datasource", "type"]?.string == "prometheus", "\(place)")
            }
            let references = fieldReferences(panel)
            for reference in references {
                #expect(
                    targets.contains { $0["refId"]?.string == reference }, "\(place): no query \(reference)")
            }
        }
    }

    /// The queries that `Value #A` and `Trend #A` of transformations name.
    private func fieldReferences(_ panel: JSONValue) -> [String] {
        var names: [String] = []
        for transformation in panel["transformations"]?.elements ?? [] {
            let options = transformation["options"]
            names +=
                (options?["renameByName"]?.object?.keys ?? []) + (options?["indexByName"]?.object?.keys ?? [])
            names += (options?["include", "names"]?.elements ?? []).compactMap(\.string)
        }
        return names.compactMap { name in
            guard name.hasPrefix("Value #") || name.hasPrefix("Trend #") else { return nil }
            return name.split(separator: "#").last.map(String.init)
        }
    }

    @Test("variables are defined before they are used, and used", arguments: BuiltinFile.all)
    func variables(_ file: BuiltinFile) throws {
        var known: Set<String> = []
        for variable in file.variables {
            let name = try #require(variable["name"]?.string)
            expectKnown(variable, GrafanaSchema.variable, name)
            #expect(GrafanaSchema.variableTypes.contains(variable["type"]?.string ?? ""), "\(name)")
            #expect(
                (0...2).contains(variable["hide"]?.integer ?? -1)
                    && (0...2).contains(variable["refresh"]?.integer ?? -1))
            if variable["type"]?.string == "query" {
                let query = try #require(variable["query", "query"]?.string)
                #expect(
                    variable["definition"]?.string == query && variable["query", "refId"]?.string != nil,
                    "\(name)")
                #expect(variable["datasource", "uid"]?.string == "${datasource}", "\(name)")
                // Asked again when the time range changes; sorted by name.
                #expect(variable["refresh"]?.integer == 2 && variable["sort"]?.integer == 1, "\(name)")
                #expect(variable["multi"]?.bool == true && variable["includeAll"]?.bool == true, "\(name)")
                for mention in TemplateText.mentions(in: query) {
                    #expect(
                        known.contains(mention.name), "\(name) asks for \(mention.name), which comes later")
                }
            } else {
                #expect(
                    variable["type"]?.string == "datasource" && variable["query"]?.string == "prometheus",
                    "\(name)")
            }
            #expect(known.insert(name).inserted, "\(name) comes twice")
        }
        #expect(file.variables.first?["name"]?.string == "datasource")
        var used: Set<String> = []
        func collect(_ value: JSONValue) {
            if let text = value.string { used.formUnion(TemplateText.mentions(in: text).map(\.name)) }
            value.elements.forEach(collect)
            value.object?.values.forEach(collect)
        }
        collect(file.json)
        // Grafana's own, and the value that stands for all.
        used.subtract(VariableScope.macros.union(["__all"]))
        #expect(used == known)
    }
}

@Suite struct BuiltinRuleTests {
    @Test("alerts point at panels that are there")
    func panels() throws {
        let text = String(decoding: Builtin.rules.yaml, as: UTF8.self)
        let rules = try RuleFile.parse(text: text, file: Builtin.rules.name).groups.flatMap(\.rules)
        #expect(rules.count { $0.isAlerting } > 10)
        for rule in rules where rule.isAlerting {
            let link = try #require(rule.panel, "\(rule.name) points at no panel")
            let file = try #require(
                BuiltinFile.all.first { $0.json["uid"]?.string == link.dashboardUID },
                "\(rule.name): \(link.dashboardUID)")
            #expect(
                file.panels.contains { "\($0["id"]?.integer ?? 0)" == link.panelID },
                "\(rule.name): panel \(link.panelID)")
        }
    }

    @Test("series that dashboards ask recording rules for are recorded")
    func records() throws {
        let text = String(decoding: Builtin.rules.yaml, as: UTF8.self)
        let rules = try RuleFile.parse(text: text, file: Builtin.rules.name).groups.flatMap(\.rules)
        let recorded = Set(rules.filter { !$0.isAlerting }.map(\.name))
        for file in BuiltinFile.all {
            for target in file.panels.flatMap({ $0["targets"]?.elements ?? [] }) {
                let words = (target["expr"]?.string ?? "").split {
                    !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != ":"
                }
                for word in words where word.contains(":") && !word.hasPrefix(":") {
                    #expect(recorded.contains(String(word)), "\(file.name): \(word)")
                }
            }
        }
    }
}
