import JSON

/// Reads `templating.list`.
enum VariableReader {
    static func variables(
        _ list: TrackedJSON, sources: DataSources, _ notices: inout Notices
    ) -> [VariableDefinition] {
        var result: [VariableDefinition] = []
        for item in list.elements.prefix(Dashboard.variablesMax) {
            guard let name = item["name"].text else { continue }
            var variable = VariableDefinition(
                name: name, label: item["label"].text ?? name, kind: kind(item["type"].string ?? "query"),
                hiding: hiding(item["hide"].json))
            variable.path = item.path
            variable.isMulti = item["multi"].bool ?? false
            variable.includesAll = item["includeAll"].bool ?? false
            variable.allValue = item["allValue"].text
            variable.options = options(item["options"])
            variable.current = current(item["current"])
            variable.query = query(item)
            variable.regex = item["regex"].string ?? ""
            variable.regexAppliesToText = item["regexApplyTo"].string == "text"
            variable.sort = sort(item["sort"].json)
            switch variable.kind {
            case .query:
                if case .other(let kind) = sources.choice(item["datasource"].whole) {
                    variable.otherSource = kind
                }
                if let kind = variable.otherSource {
                    notices.add(
                        "\(item.path).datasource", text: kind, .leftOut("only Prometheus is answered"))
                }
                if !variable.regex.isEmpty {
                    _ = readPattern(variable.regex, "\(item.path).regex", &notices)
                }
            case .interval:
                variable.isAuto = item["auto"].bool ?? false
                variable.autoCount = max(1, item["auto_count"].integer ?? 30)
                variable.autoMinimum = item["auto_min"].text ?? "10s"
            case .adHoc:
                _ = item["datasource"].whole
                for filter in item["filters"].elements + item["baseFilters"].elements {
                    guard let key = filter["key"].text else { continue }
                    let values = filter["values"].strings
                    variable.filters.append(
                        VariableDefinition.AdHocFilter(
                            key: key, operation: filter["operator"].string ?? "=",
                            values: values.isEmpty ? [filter["value"].string ?? ""] : values))
                }
            case .toggle:
                let on = item["enabledValue"].string ?? "true"
                let off = item["disabledValue"].string ?? "false"
                if variable.options.isEmpty {
                    variable.options = [on, off].map { VariableDefinition.Option(text: $0, value: $0) }
                }
            case .dataSource:
                if !DataSources(plugins: [:]).isPrometheus(variable.query) {
                    notices.add(
                        "\(item.path).query", text: variable.query, .leftOut("only Prometheus is answered"))
                }
            case .unknown(let type): notices.add("\(item.path).type", text: type, .value)
            default: break
            }
            result.append(variable)
            item.log.noteUnread(item.json ?? nil, path: item.path, &notices) { _, key in
                HarmlessKeys.variable.contains(key)
            }
        }
        return result
    }

    private static func kind(_ type: String) -> VariableDefinition.Kind {
        switch type {
        case "query": .query
        case "custom": .custom
        case "textbox", "text": .textBox
        case "constant": .constant
        case "interval": .interval
        case "datasource": .dataSource
        case "adhoc": .adHoc
        case "switch": .toggle
        default: .unknown(type)
        }
    }

    private static func hiding(_ json: JSONValue?) -> VariableDefinition.Hiding {
        if let number = json?.integer { return number == 2 ? .hidden : number == 1 ? .labelHidden : .shown }
        switch json?.string {
        case "hideVariable": return .hidden
        case "hideLabel": return .labelHidden
        default: return .shown
        }
    }

    private static func sort(_ json: JSONValue?) -> VariableDefinition.Sort {
        if let number = json?.integer {
            let all: [VariableDefinition.Sort] = [
                .none, .alphabetical, .alphabeticalDescending, .numerical, .numericalDescending, .caseless,
                .caselessDescending, .natural, .naturalDescending,
            ]
            return all.indices.contains(Int(number)) ? all[Int(number)] : .none
        }
        switch json?.string {
        case "alphabeticalAsc": return .alphabetical
        case "alphabeticalDesc": return .alphabeticalDescending
        case "numericalAsc": return .numerical
        case "numericalDesc": return .numericalDescending
        case "alphabeticalCaseInsensitiveAsc": return .caseless
        case "alphabeticalCaseInsensitiveDesc": return .caselessDescending
        case "naturalAsc": return .natural
        case "naturalDesc": return .naturalDescending
        default: return .none
        }
    }

    /// The query as one text, also where the file has an object.
    private static func query(_ item: TrackedJSON) -> String {
        let query = item["query"]
        if let text = query.string { return text }
        let json = query.whole
        if let text = json?["query"]?.string, !text.isEmpty { return text }
        if let text = json?["expr"]?.string, !text.isEmpty { return text }
        // The builder's form, without a text.
        if let label = json?["label"]?.string, json?["qryType"]?.integer == 1 {
            let metric = json?["metric"]?.string ?? ""
            return metric.isEmpty ? "label_values(\(label))" : "label_values(\(metric), \(label))"
        }
        return item["definition"].string ?? ""
    }

    private static func options(_ list: TrackedJSON) -> [VariableDefinition.Option] {
        (list.whole?.elements ?? []).compactMap { item in
            guard let value = scalar(item["value"]), value != VariableDefinition.all else { return nil }
            return VariableDefinition.Option(text: scalar(item["text"]) ?? value, value: value)
        }
    }

    private static func current(_ item: TrackedJSON) -> [VariableDefinition.Option] {
        let json = item.whole
        let texts = list(json?["text"])
        let saved = list(json?["value"])
        let values = saved.isEmpty ? texts : saved
        return values.enumerated().map { index, value in
            VariableDefinition.Option(text: index < texts.count ? texts[index] : value, value: value)
        }
    }

    private static func list(_ json: JSONValue?) -> [String] {
        if let values = json?.array { return values.compactMap { scalar($0) } }
        return scalar(json).map { [$0] } ?? []
    }

    private static func scalar(_ json: JSONValue?) -> String? {
        json?.string ?? json?.number.map(NumberText.shortest) ?? json?.bool.map { $0 ? "true" : "false" }
    }
}

extension DataSources {
    /// Whether a plugin's id is one that PromQL is for.
    func isPrometheus(_ plugin: String) -> Bool { choice(["type": .init(.string(plugin))]) == .prometheus }
}
