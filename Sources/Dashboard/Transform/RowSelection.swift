import JSON

/// Rows in the order of a field.
struct SortRows: FrameTransformation {
    private var sorts: [(field: String, isDescending: Bool)]

    init(_ options: JSONValue) {
        sorts = (options["sort"]?.elements ?? []).compactMap { sort in
            FieldConfigReader.text(sort["field"]).map { ($0, sort["desc"]?.bool == true) }
        }
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        // Grafana sorts by the first alone.
        guard let sort = sorts.first else { return frames }
        let names = FieldNames(frames)
        let wanted = context.scope.replacing(sort.field, standard: .text)
        return frames.map { frame in
            guard
                let index = frame.fields.indices.first(where: {
                    names.name(at: $0, in: frame) == wanted || frame.fields[$0].name == wanted
                })
            else { return frame }
            return frame.picking(sortedRows(frame.fields[index].values, isDescending: sort.isDescending))
        }
    }
}

/// The rows of `values` in order; rows without a value come last either way.
func sortedRows(_ values: FieldValues, isDescending: Bool) -> [Int] {
    let all = values.all
    return all.indices.sorted { a, b in
        switch compare(all[a], all[b]) {
        case nil: return all[a].isNull == all[b].isNull ? a < b : !all[a].isNull
        case 0?: return a < b
        case let order?: return isDescending ? order > 0 : order < 0
        }
    }
}

/// Three-way comparison; `nil` when one of the two has no place in an order.
private func compare(_ a: FieldValue, _ b: FieldValue) -> Int? {
    if case .text(let left) = a, case .text(let right) = b {
        return left == right ? 0 : naturalOrder(left, right) ? -1 : 1
    }
    guard let left = a.number, let right = b.number, !left.isNaN, !right.isNaN else { return nil }
    return left < right ? -1 : left > right ? 1 : 0
}

/// Whether `a` comes before `b`, runs of digits compared as numbers: `node2` before `node10`.
func naturalOrder(_ a: String, _ b: String) -> Bool {
    var left = Substring(a.lowercased())
    var right = Substring(b.lowercased())
    while let first = left.first, let second = right.first {
        if first.isASCII, first.isNumber, second.isASCII, second.isNumber {
            let leftDigits = left.prefix { $0.isASCII && $0.isNumber }
            let rightDigits = right.prefix { $0.isASCII && $0.isNumber }
            let leftNumber = leftDigits.drop { $0 == "0" }
            let rightNumber = rightDigits.drop { $0 == "0" }
            if leftNumber.count != rightNumber.count { return leftNumber.count < rightNumber.count }
            if leftNumber != rightNumber { return leftNumber < rightNumber }
            left = left[leftDigits.endIndex...]
            right = right[rightDigits.endIndex...]
        } else if first == second {
            left.removeFirst()
            right.removeFirst()
        } else {
            return first < second
        }
    }
    if left.isEmpty != right.isEmpty { return left.isEmpty }
    return a < b
}

/// The first rows of each frame.
struct LimitRows: FrameTransformation {
    private var limit: String

    init(_ options: JSONValue) { limit = FieldConfigReader.text(options["limitField"]) ?? "10" }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        let text = context.scope.replacing(limit, standard: .text)
        guard let number = NumberText.parse(text), number.magnitude < 1e9 else { return frames }
        let count = Int(number)
        return frames.map { frame in
            guard frame.rowCount > count.magnitude else { return frame }
            // A negative limit takes the last rows.
            let rows = count >= 0 ? Array(0..<count) : Array((frame.rowCount + count)..<frame.rowCount)
            return frame.picking(rows)
        }
    }
}

/// Keeps or drops rows by their values.
struct FilterByValue: FrameTransformation {
    enum Condition: Sendable {
        case isNull, isNotNull
        case compares(FieldMatcher.Comparison, String)
        case between(String, String, isInside: Bool)
        case regex(ScriptPattern)
        case contains(String, isNegated: Bool)

        init?(_ json: JSONValue?, _ path: String, _ notices: inout Notices) {
            let options = json?["options"] ?? [:]
            let value = FieldConfigReader.text(options["value"]) ?? ""
            switch json?["id"]?.string {
            case "isNull": self = .isNull
            case "isNotNull": self = .isNotNull
            case "greater": self = .compares(.greater, value)
            case "greaterOrEqual": self = .compares(.greaterOrEqual, value)
            case "lower": self = .compares(.less, value)
            case "lowerOrEqual": self = .compares(.lessOrEqual, value)
            case "equal": self = .compares(.equal, value)
            case "notEqual": self = .compares(.notEqual, value)
            case "between", "range", "notBetween":
                self = .between(
                    FieldConfigReader.text(options["from"]) ?? "",
                    FieldConfigReader.text(options["to"]) ?? "",
                    isInside: json?["id"]?.string != "notBetween")
            case "regex":
                guard let pattern = readPattern(value, "\(path).options.value", &notices) else { return nil }
                self = .regex(pattern)
            case "substring": self = .contains(value, isNegated: false)
            case "notSubstring": self = .contains(value, isNegated: true)
            default:
                notices.add("\(path).id", json?["id"], .value)
                return nil
            }
        }

        func holds(_ value: FieldValue, _ context: TransformContext) -> Bool {
            func text(_ template: String) -> String { context.scope.replacing(template, standard: .text) }
            switch self {
            case .isNull: return value.isNull
            case .isNotNull: return !value.isNull
            case .compares(let comparison, let template):
                let bound = text(template)
                if let left = value.number, let right = NumberText.parse(bound) {
                    return comparison.holds(left, right)
                }
                if comparison == .equal { return value.plain == bound }
                if comparison == .notEqual { return value.plain != bound }
                return false
            case .between(let from, let to, let isInside):
                guard let value = value.number, let from = NumberText.parse(text(from)),
                    let to = NumberText.parse(text(to))
                else { return false }
                return (value > from && value < to) == isInside
            case .regex(let pattern): return pattern.regex.firstMatch(in: value.plain) != nil
            case .contains(let template, let isNegated):
                let wanted = text(template).lowercased()
                return (wanted.isEmpty || value.plain.lowercased().range(of: wanted) != nil) != isNegated
            }
        }
    }

    private var filters: [(field: String, condition: Condition)] = []
    private var includes: Bool
    private var matchesAll: Bool

    init(_ options: JSONValue, _ path: String, _ notices: inout Notices) {
        includes = options["type"]?.string != "exclude"
        matchesAll = options["match"]?.string == "all"
        for (index, filter) in (options["filters"]?.elements ?? []).enumerated() {
            guard
                let condition = Condition(filter["config"], "\(path).filters[\(index)].config", &notices)
            else { continue }
            filters.append((filter["fieldName"]?.string ?? "", condition))
        }
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        guard !filters.isEmpty else { return frames }
        let names = FieldNames(frames)
        return frames.map { frame in
            let shown = names.names(in: frame)
            let tests = filters.map { filter in
                (
                    field: frame.fields.indices.first {
                        shown[$0] == filter.field || frame.fields[$0].name == filter.field
                    },
                    condition: filter.condition
                )
            }
            let rows = (0..<frame.rowCount).filter { row in
                func holds(_ test: (field: Int?, condition: Condition)) -> Bool {
                    test.field.map { test.condition.holds(frame.fields[$0].values[row], context) } ?? false
                }
                return (matchesAll ? tests.allSatisfy(holds) : tests.contains(where: holds)) == includes
            }
            return frame.picking(rows)
        }
    }
}
