import Glibc
import JSON

/// Adds a field calculated from others, row by row.
struct CalculateField: FrameTransformation {
    private enum Operand: Sendable {
        case fixed(String)
        case field(FieldMatcher)
        /// Every field of a kind, each with its own result.
        case kind(FieldKind)
    }

    private enum Window: Sendable { case trailing, centered }

    private enum Mode: Sendable {
        case reduceRow([String], ReduceCalc)
        case binary(Operand, String, Operand)
        case unary(String, String)
        case cumulative(String?, ReduceCalc)
        case window(String?, ReduceCalc, size: Double, isShare: Bool, Window)
        case rowNumber(asPercentile: Bool)
    }

    private var mode: Mode
    private var replaces: Bool
    private var alias: String?
    private var standardName: String
    private var joinsByTime: Bool

    init?(_ options: JSONValue, _ path: String, _ notices: inout Notices) {
        replaces = options["replaceFields"]?.bool == true
        alias = options["alias"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        joinsByTime = options["timeSeries"]?.bool != false
        switch options["mode"]?.string ?? "reduceRow" {
        case "reduceRow":
            let id = options["reduce"]?["reducer"]?.string ?? "sum"
            guard let calc = ReduceCalc(id) else {
                notices.add("\(path).reduce.reducer", text: id, .value)
                return nil
            }
            mode = .reduceRow(options["reduce"]?["include"]?.elements.compactMap(\.string) ?? [], calc)
            standardName = calc.title
        case "binary":
            let binary = options["binary"] ?? [:]
            let operation = binary["operator"]?.string ?? "+"
            guard Self.binary(operation, 1, 1) != nil else {
                notices.add("\(path).binary.operator", text: operation, .value)
                return nil
            }
            let left = Self.operand(binary["left"], "\(path).binary.left", &notices)
            let right = Self.operand(binary["right"], "\(path).binary.right", &notices)
            mode = .binary(left, operation, right)
            standardName = "\(Self.text(binary["left"])) \(operation) \(Self.text(binary["right"]))"
        case "unary":
            let operation = options["unary"]?["operator"]?.string ?? "abs"
            guard Self.unary(operation, 1) != nil else {
                notices.add("\(path).unary.operator", text: operation, .value)
                return nil
            }
            let name = options["unary"]?["fieldName"]?.string ?? ""
            mode = .unary(operation, name)
            standardName = "\(operation)(\(name))"
        case "cumulativeFunctions":
            let calc = ReduceCalc(options["cumulative"]?["reducer"]?.string ?? "sum") ?? .sum
            let name = options["cumulative"]?["field"]?.string
            mode = .cumulative(name, calc)
            standardName = "cumulative \(calc.id)(\(name ?? ""))"
        case "windowFunctions":
            let window = options["window"] ?? [:]
            let calc = ReduceCalc(window["reducer"]?.string ?? "mean") ?? .mean
            let name = window["field"]?.string
            let isCentered = window["windowAlignment"]?.string == "centered"
            mode = .window(
                name, calc, size: FieldConfigReader.number(window["windowSize"]) ?? 0.1,
                isShare: window["windowSizeMode"]?.string != "fixed", isCentered ? .centered : .trailing)
            standardName = "\(isCentered ? "centered" : "trailing") moving \(calc.id)(\(name ?? ""))"
        case "index":
            mode = .rowNumber(asPercentile: options["index"]?["asPercentile"]?.bool == true)
            standardName = "Row"
        default:
            notices.add("\(path).mode", options["mode"], .value)
            return nil
        }
    }

    private static func text(_ json: JSONValue?) -> String {
        json?.string ?? json?["matcher"]?["options"]?.string ?? json?["fixed"]?.string ?? ""
    }

    private static func operand(_ json: JSONValue?, _ path: String, _ notices: inout Notices) -> Operand {
        if let text = json?.string ?? json?["fixed"]?.string { return .fixed(text) }
        if json?["matcher"]?["id"]?.string == "byType",
            let kind = (json?["matcher"]?["options"]?.string).flatMap(FieldKind.init(rawValue:))
        {
            return .kind(kind)
        }
        return FieldMatcher(json?["matcher"], path: "\(path).matcher", &notices).map(Operand.field)
            ?? .fixed("")
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        var frames = frames
        var needsOneFrame = joinsByTime
        if case .binary(_, _, .fixed(let text)) = mode, NumberText.parse(text) != nil {
            needsOneFrame = false
        }
        if needsOneFrame, frames.count > 1, frames.allSatisfy({ $0.timeField != nil }) {
            frames = JoinByField(fieldName: nil).apply(frames, context)
        }
        let names = FieldNames(frames)
        return frames.compactMap { frame in
            let shown = names.names(in: frame)
            let new = newFields(frame, shown, context)
            if new.isEmpty { return replaces ? nil : frame }
            var result = frame
            if replaces {
                result.fields = (joinsByTime ? frame.timeField.map { [$0] } ?? [] : []) + new
            } else {
                result.fields += new
            }
            return result
        }
    }

    private func newFields(_ frame: Frame, _ shown: [String], _ context: TransformContext) -> [Field] {
        let name = alias.map { context.scope.replacing($0, standard: .text) } ?? standardName
        func column(_ wanted: String?) -> [Double?]? {
            let index = frame.fields.indices.first { index in
                guard let wanted else { return frame.fields[index].kind == .number }
                return shown[index] == wanted || frame.fields[index].name == wanted
            }
            return index.map { frame.fields[$0].values.numbers }
        }
        switch mode {
        case .reduceRow(let include, let calc):
            let columns = frame.fields.indices.filter {
                frame.fields[$0].kind == .number
                    && (include.isEmpty || include.contains(shown[$0])
                        || include.contains(frame.fields[$0].name))
            }.map { frame.fields[$0].values.numbers }
            guard !columns.isEmpty else { return [] }
            let values = (0..<frame.rowCount).map { row in calc.reduce(.numbers(columns.map { $0[row] })) }
            return [Field(name, FieldValues(values))]
        case .binary(.kind(let kind), let operation, let right):
            return frame.fields.indices.filter { frame.fields[$0].kind == kind }.map { index in
                let left = frame.fields[index].values.numbers
                let right = values(of: right, frame, shown, context) ?? []
                return frame.fields[index].with(.numbers(combined(left, operation, right)))
            }
        case .binary(let left, let operation, let right):
            guard let left = values(of: left, frame, shown, context),
                let right = values(of: right, frame, shown, context)
            else { return [] }
            return [Field(name, .numbers(combined(left, operation, right)))]
        case .unary(let operation, let field):
            guard let values = column(field) else { return [] }
            return [Field(name, .numbers(values.map { $0.flatMap { Self.unary(operation, $0) } }))]
        case .cumulative(let field, let calc):
            guard let values = column(field) else { return [] }
            var total = 0.0
            return [
                Field(
                    name,
                    .numbers(
                        values.enumerated().map { index, value in
                            total += value ?? 0
                            return calc == .mean ? total / Double(index + 1) : total
                        }))
            ]
        case .window(let field, let calc, let size, let isShare, let window):
            guard let values = column(field), !values.isEmpty, size > 0, size.isFinite else { return [] }
            let wanted = (isShare ? size * Double(values.count) : size).rounded(.up)
            let width = max(1, Int(min(wanted, Double(values.count))))
            let result = values.indices.map { index -> Double? in
                let first = window == .trailing ? index - width + 1 : index - width / 2
                let last = window == .trailing ? index : index + (width + 1) / 2 - 1
                let slice = values[max(0, first)...min(values.count - 1, last)]
                return calc.reduce(.numbers(Array(slice))).number
            }
            return [Field(name, .numbers(result))]
        case .rowNumber(let asPercentile):
            let count = frame.rowCount
            var field = Field(
                name, .numbers((0..<count).map { asPercentile ? Double($0) / Double(count) : Double($0) }))
            if asPercentile { field.config.unit = "percentunit" }
            return [field]
        }
    }

    private func values(
        of operand: Operand, _ frame: Frame, _ shown: [String], _ context: TransformContext
    ) -> [Double?]? {
        switch operand {
        case .fixed(let template):
            let text = context.scope.replacing(template, standard: .text)
            // Old files name the field where newer ones have a matcher.
            if let index = frame.fields.indices.first(where: {
                shown[$0] == text || frame.fields[$0].name == text
            }) {
                return frame.fields[index].values.numbers
            }
            return NumberText.parse(text).map { Array(repeating: $0, count: frame.rowCount) }
        case .field(let matcher):
            let index = frame.fields.indices.first {
                matcher.matches(frame.fields[$0], in: frame, name: shown[$0])
            }
            return index.map { frame.fields[$0].values.numbers }
        case .kind: return nil
        }
    }

    private func combined(_ left: [Double?], _ operation: String, _ right: [Double?]) -> [Double?] {
        zip(left, right).map { left, right in
            guard let left, let right else { return nil }
            return Self.binary(operation, left, right)
        }
    }

    private static func binary(_ operation: String, _ a: Double, _ b: Double) -> Double? {
        switch operation {
        case "+": a + b
        case "-": a - b
        case "*": a * b
        case "/": a / b
        case "**", "^": pow(a, b)
        case "%": fmod(a, b)
        case "==", "=": a == b ? 1 : 0
        case "!=": a != b ? 1 : 0
        case ">": a > b ? 1 : 0
        case ">=": a >= b ? 1 : 0
        case "<": a < b ? 1 : 0
        case "<=": a <= b ? 1 : 0
        default: nil
        }
    }

    private static func unary(_ operation: String, _ value: Double) -> Double? {
        switch operation {
        case "abs": value.magnitude
        case "exp": exp(value)
        case "ln": log(value)
        case "floor": value.rounded(.down)
        case "ceil": value.rounded(.up)
        case "round": (value + 0.5).rounded(.down)
        case "sqrt": value.squareRoot()
        case "percent": value * 100
        case "neg", "-": -value
        default: nil
        }
    }
}
