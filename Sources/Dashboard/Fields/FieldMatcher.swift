import JSON
import RegularExpressions

/// Which fields an override or a transformation means.
indirect enum FieldMatcher: Sendable {
    case name(String)
    case names(Set<String>, isExcluding: Bool)
    case regex(RegularExpression)
    case kind(FieldKind)
    case numeric
    case refID(String)
    /// The fields whose reduced value satisfies a comparison.
    case value(ReduceCalc, Comparison, Double)
    case first
    case firstTime
    case all
    case not(FieldMatcher)
    case any([FieldMatcher])
    case every([FieldMatcher])

    enum Comparison: String, Sendable {
        case equal = "eq", notEqual = "neq", less = "lt", lessOrEqual = "lte", greater = "gt"
        case greaterOrEqual = "gte"

        init?(text: String) {
            switch text {
            case "eq", "=", "==": self = .equal
            case "neq", "!=": self = .notEqual
            case "lt", "<": self = .less
            case "lte", "<=": self = .lessOrEqual
            case "gt", ">": self = .greater
            case "gte", ">=": self = .greaterOrEqual
            default: return nil
            }
        }

        func holds(_ a: Double, _ b: Double) -> Bool {
            switch self {
            case .equal: a == b
            case .notEqual: a != b
            case .less: a < b
            case .lessOrEqual: a <= b
            case .greater: a > b
            case .greaterOrEqual: a >= b
            }
        }
    }

    /// - Parameters:
    ///   - field: to decide about.
    ///   - name: the name that it is shown by, apart from its own.
    func matches(_ field: Field, in frame: Frame, name: String) -> Bool {
        switch self {
        case .name(let wanted): return name == wanted || field.name == wanted
        case .names(let wanted, let isExcluding):
            return (wanted.contains(name) || wanted.contains(field.name)) != isExcluding
        case .regex(let pattern): return pattern.firstMatch(in: name) != nil
        case .kind(let kind): return field.kind == kind
        case .numeric: return field.kind == .number
        case .refID(let id): return frame.refID == id
        case .value(let calc, let comparison, let bound):
            guard field.kind == .number, let value = calc.reduce(field.values).number else { return false }
            return comparison.holds(value, bound)
        case .first: return frame.fields.first?.name == field.name
        case .firstTime: return field.kind == .time && frame.timeField?.name == field.name
        case .all: return true
        case .not(let matcher): return !matcher.matches(field, in: frame, name: name)
        case .any(let matchers): return matchers.contains { $0.matches(field, in: frame, name: name) }
        case .every(let matchers): return matchers.allSatisfy { $0.matches(field, in: frame, name: name) }
        }
    }

    /// Reads `{"id": …, "options": …}`; what cannot be read is noted.
    init?(_ json: JSONValue?, path: String, _ notices: inout Notices) {
        guard let json, let id = json["id"]?.string else { return nil }
        let options = json["options"] ?? nil
        switch id {
        case "byName": self = .name(options.string ?? "")
        case "byNames":
            let names = (options["names"] ?? options).elements.compactMap(\.string)
            self = .names(Set(names), isExcluding: options["mode"]?.string == "exclude")
        case "byRegexp":
            guard let regex = Self.regex(options.string ?? "", path: path, &notices) else { return nil }
            self = .regex(regex)
        case "byRegexpOrNames":
            var parts: [FieldMatcher] = []
            if let pattern = options["pattern"]?.string, !pattern.isEmpty,
                let regex = Self.regex(pattern, path: path, &notices)
            {
                parts.append(.regex(regex))
            }
            let names = options["names"]?.elements.compactMap(\.string) ?? []
            if !names.isEmpty { parts.append(.names(Set(names), isExcluding: false)) }
            self = .any(parts)
        case "byType", "byTypes":
            let names = options.string.map { [$0] } ?? options.elements.compactMap(\.string)
            self = .any(names.compactMap { FieldKind(rawValue: $0).map(FieldMatcher.kind) })
        case "numeric": self = .numeric
        case "time": self = .kind(.time)
        case "byFrameRefID": self = .refID(options.string ?? "")
        case "byValue":
            guard let calc = ReduceCalc(options["reducer"]?.string ?? ""),
                let comparison = Comparison(text: options["op"]?.string ?? "gte"),
                let bound = FieldConfigReader.number(options["value"])
            else {
                notices.add("\(path).options", options, .value)
                return nil
            }
            self = .value(calc, comparison, bound)
        case "first": self = .first
        case "firstTimeField": self = .firstTime
        case "anyMatch": self = .any(Self.list(options, path: path, &notices))
        case "allMatch": self = .every(Self.list(options, path: path, &notices))
        case "invertMatch":
            guard let inner = FieldMatcher(options, path: "\(path).options", &notices) else { return nil }
            self = .not(inner)
        case "alwaysMatch": self = .all
        case "neverMatch": self = .not(.all)
        default:
            notices.add("\(path).id", text: id, .value)
            return nil
        }
    }

    private static func list(_ json: JSONValue, path: String, _ notices: inout Notices) -> [FieldMatcher] {
        json.elements.compactMap { FieldMatcher($0, path: "\(path).options", &notices) }
    }

    private static func regex(
        _ text: String, path: String, _ notices: inout Notices
    ) -> RegularExpression? {
        do throws(RegularExpression.PatternError) {
            return try ScriptPattern(text).regex
        } catch {
            notices.add("\(path).options", text: text, .invalid(error.message))
            return nil
        }
    }
}
