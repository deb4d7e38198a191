import MetricModel

/// What a template may not exceed. Expansion then ends with an error that stands in the text's place.
package struct TemplateLimits: Sendable {
    /// Bytes of the result.
    package var outputMax = 64 << 10
    /// Templates that call each other.
    package var depthMax = 100
    /// Rounds of all `range` loops together.
    package var iterationsMax = 100_000
    /// Calls of `query`.
    package var queriesMax = 100
    /// Bytes that functions take and give, all calls together, and 16 for each value: a text that doubles with each call
    /// would fill the memory before any of it is written.
    package var workMax = 16 << 20

    package init() {}
}

/// Carries out a parsed template: values, variables and errors as Go's text/template.
struct TemplateExecutor {
    /// A type that a parameter of a function asks for.
    enum Parameter: Sendable {
        case any, string, integer, sample, queryResult, time, duration

        var typeName: String {
            switch self {
            case .any: "interface {}"
            case .string: "string"
            case .integer: "int"
            case .sample: "*template.sample"
            case .queryResult: "template.queryResult"
            case .time: "time.Time"
            case .duration: "time.Duration"
            }
        }

        /// Whether nil fits.
        var takesNil: Bool { self == .any || self == .sample || self == .queryResult }
    }

    /// A function or a method: its parameters and what it does. A thrown error is the bare message.
    struct Function: Sendable {
        var parameters: [Parameter]
        /// Of any number of further arguments.
        var rest: Parameter?
        var call: @Sendable ([TemplateValue], inout TemplateExecutor) throws(TemplateError) -> TemplateValue

        init(
            _ parameters: [Parameter], rest: Parameter? = nil,
            _ call:
                @escaping @Sendable ([TemplateValue], inout TemplateExecutor) throws(TemplateError)
                -> TemplateValue
        ) {
            self.parameters = parameters
            self.rest = rest
            self.call = call
        }
    }

    /// Characters of an error message.
    private static let messageMax = 2000

    private enum Flow { case onward, leave, next }

    /// What an error message points at.
    private enum Place {
        case none
        case pipeline(TemplatePipeline)
        case command(TemplateCommand)
        case operand(TemplateOperand)
        case other(position: Int, text: String)
    }

    let template: Template
    let context: TemplateContext
    let limits: TemplateLimits
    private var output = ""
    private var variables: [(name: String, value: TemplateValue)] = []
    private var place = Place.none
    /// The name of the template being carried out.
    private var current: String
    private var depth = 0
    private var iterations = 0
    private var work = 0
    var queryCount = 0

    init(_ template: Template, context: TemplateContext, limits: TemplateLimits) {
        self.template = template
        self.context = context
        self.limits = limits
        current = template.name
    }

    /// The text of the template for `data`.
    mutating func run(_ data: TemplateValue) throws(TemplateError) -> String {
        variables = [("$", data)]
        _ = try walk(template.nodes, dot: data)
        return output
    }

    // MARK: Nodes

    private mutating func walk(_ nodes: [TemplateNode], dot: TemplateValue) throws(TemplateError) -> Flow {
        for node in nodes {
            switch node {
            case .text(let text): try append(text)
            case .action(let pipeline, _):
                let value = try evaluate(pipeline, dot: dot)
                if pipeline.declarations.isEmpty { try append(printed(value)) }
            case .conditional(let branch):
                let flow = try walk(branch, dot: dot, movesDot: false)
                if flow != .onward { return flow }
            case .with(let branch):
                let flow = try walk(branch, dot: dot, movesDot: true)
                if flow != .onward { return flow }
            case .range(let branch): try range(branch, dot: dot)
            case .template(let name, let pipeline, let position):
                try call(name, pipeline, position: position, dot: dot)
            case .leave: return .leave
            case .next: return .next
            }
        }
        return .onward
    }

    private mutating func walk(
        _ branch: TemplateBranch, dot: TemplateValue, movesDot: Bool
    ) throws(TemplateError) -> Flow {
        let mark = variables.count
        defer { variables.removeLast(variables.count - mark) }
        let value = try evaluate(branch.pipeline, dot: dot)
        if value.isTrue { return try walk(branch.list, dot: movesDot ? value : dot) }
        if let otherwise = branch.otherwise { return try walk(otherwise, dot: dot) }
        return .onward
    }

    private mutating func range(_ branch: TemplateBranch, dot: TemplateValue) throws(TemplateError) {
        let mark = variables.count
        defer { variables.removeLast(variables.count - mark) }
        let value = try evaluate(branch.pipeline, dot: dot)
        let inner = variables.count
        let items: [(TemplateValue, TemplateValue)]
        switch value {
        case .nothing: items = []
        case .queryResult(let samples): items = samples.enumerated().map { (.int(Int64($0)), .sample($1)) }
        case .labels(let labels): items = labels.labels.map { (.string($0.name), .string($0.value)) }
        case .arguments(let entries):
            items = entries.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value) }
        case .int(let count):
            guard count <= limits.iterationsMax else { throw tooManyRounds() }
            items = count <= 0 ? [] : (0..<count).map { (.int($0), .int($0)) }
        default: throw error("range can't iterate over \(GoFormat.sprint([value]))")
        }
        guard !items.isEmpty else {
            if let otherwise = branch.otherwise { _ = try walk(otherwise, dot: dot) }
            return
        }
        for (key, element) in items {
            iterations += 1
            guard iterations <= limits.iterationsMax else { throw tooManyRounds() }
            let names = branch.pipeline.declarations
            if branch.pipeline.isAssignment {
                if let first = names.first { try assign(first, names.count > 1 ? key : element) }
                if names.count > 1 { try assign(names[1], element) }
            } else if names.count == 1 {
                variables[inner - 1].value = element
            } else if names.count == 2 {
                variables[inner - 2].value = key
                variables[inner - 1].value = element
            }
            let flow = try walk(branch.list, dot: element)
            variables.removeLast(variables.count - inner)
            if flow == .leave { break }
        }
    }

    private func tooManyRounds() -> TemplateError {
        error("range goes round more than \(limits.iterationsMax) times")
    }

    private mutating func call(
        _ name: String, _ pipeline: TemplatePipeline?, position: Int, dot: TemplateValue
    ) throws(TemplateError) {
        let text = "{{template \(goQuoted(name))\(pipeline.map { " \($0)" } ?? "")}}"
        place = .other(position: position, text: text)
        guard let nodes = template.definitions[name] else {
            throw error("template \(goQuoted(name)) not defined")
        }
        guard depth < limits.depthMax else {
            throw error("exceeded maximum template depth (\(limits.depthMax))")
        }
        let data =
            try pipeline.map { pipeline throws(TemplateError) in try evaluate(pipeline, dot: dot) }
            ?? .nothing
        let (outerVariables, outerDepth) = (variables, depth)
        let caller = current
        defer { (variables, depth) = (outerVariables, outerDepth) }
        variables = [("$", data)]
        current = name
        depth += 1
        _ = try walk(nodes, dot: data)
        // After an error the name stays: the message says which template it was.
        current = caller
    }

    private mutating func append(_ text: String) throws(TemplateError) {
        output += text
        guard output.utf8.count <= limits.outputMax else {
            throw error("the text has more than \(limits.outputMax) bytes")
        }
    }

    private func printed(_ value: TemplateValue) -> String {
        switch value {
        case .nothing: "<no value>"
        case .string(let text): text
        case .float(let number): GoFloat.text(number, format: "g", precision: nil)
        // Printing looks through the pointer.
        case .sample: String(GoFormat.sprint([value]).dropFirst())
        default: GoFormat.sprint([value])
        }
    }

    // MARK: Pipelines

    private mutating func evaluate(
        _ pipeline: TemplatePipeline, dot: TemplateValue
    ) throws(TemplateError) -> TemplateValue {
        place = .pipeline(pipeline)
        var value: TemplateValue?
        for command in pipeline.commands { value = try evaluate(command, dot: dot, final: value) }
        let result = value ?? .nothing
        for name in pipeline.declarations {
            if pipeline.isAssignment { try assign(name, result) } else { variables.append((name, result)) }
        }
        return result
    }

    private mutating func assign(_ name: String, _ value: TemplateValue) throws(TemplateError) {
        guard let index = variables.lastIndex(where: { $0.name == name }) else {
            throw error("undefined variable: \(name)")
        }
        variables[index].value = value
    }

    /// - Parameter final: the result of the command before, which becomes the last argument.
    private mutating func evaluate(
        _ command: TemplateCommand, dot: TemplateValue, final: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        let first = command.arguments[0]
        let arguments = command.arguments.dropFirst()
        switch first.kind {
        case .field(let names):
            place = .operand(first)
            return try fields(of: dot, names, place: .operand(first), dot: dot, arguments, final)
        case .variable(let name, let names):
            place = .operand(first)
            let value = try variable(name)
            if names.isEmpty {
                try refuseArguments(of: first, arguments, final)
                return value
            }
            return try fields(of: value, names, place: .operand(first), dot: dot, arguments, final)
        case .chain(let operand, let names):
            place = .operand(first)
            let value = try self.value(of: operand, dot: dot)
            return try fields(of: value, names, place: .operand(first), dot: dot, arguments, final)
        case .identifier(let name):
            place = .operand(first)
            return try call(name, place: .command(command), dot: dot, arguments, final)
        case .pipeline(let pipeline):
            try refuseArguments(of: first, arguments, final)
            return try evaluate(parenthesised: pipeline, dot: dot)
        case .bool, .dot, .number, .string, .null:
            place = .operand(first)
            try refuseArguments(of: first, arguments, final)
            if case .null = first.kind { throw error("nil is not a command") }
            return try value(of: first, dot: dot)
        }
    }

    /// Variables that the parentheses declare live on until the end of the block around them, as in Go.
    private mutating func evaluate(
        parenthesised pipeline: TemplatePipeline, dot: TemplateValue
    ) throws(TemplateError) -> TemplateValue {
        try evaluate(pipeline, dot: dot)
    }

    private func refuseArguments(
        of operand: TemplateOperand, _ arguments: ArraySlice<TemplateOperand>, _ final: TemplateValue?
    ) throws(TemplateError) {
        if !arguments.isEmpty || final != nil {
            throw error("can't give argument to non-function \(operand)")
        }
    }

    private func variable(_ name: String) throws(TemplateError) -> TemplateValue {
        guard let found = variables.last(where: { $0.name == name }) else {
            throw error("undefined variable: \(name)")
        }
        return found.value
    }

    /// The value of an operand that takes no arguments.
    private mutating func value(
        of operand: TemplateOperand, dot: TemplateValue
    ) throws(TemplateError) -> TemplateValue {
        place = .operand(operand)
        switch operand.kind {
        case .dot: return dot
        case .null: return .nothing
        case .bool(let flag): return .bool(flag)
        case .number(_, let number): return number
        case .string(_, let text): return .string(text)
        case .field(let names): return try fields(of: dot, names, place: .operand(operand), dot: dot, [], nil)
        case .variable(let name, let names):
            return try fields(of: try variable(name), names, place: .operand(operand), dot: dot, [], nil)
        case .identifier(let name): return try call(name, place: .operand(operand), dot: dot, [], nil)
        case .pipeline(let pipeline): return try evaluate(parenthesised: pipeline, dot: dot)
        case .chain(let inner, let names):
            if case .null = inner.kind { throw error("indirection through explicit nil in \(operand)") }
            let value = try self.value(of: inner, dot: dot)
            return try fields(of: value, names, place: .operand(operand), dot: dot, [], nil)
        }
    }

    // MARK: Fields and methods

    private mutating func fields(
        of receiver: TemplateValue, _ names: [String], place: Place, dot: TemplateValue,
        _ arguments: ArraySlice<TemplateOperand>, _ final: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        var value = receiver
        for (index, name) in names.enumerated() {
            let isLast = index == names.count - 1
            value = try field(
                name, of: value, place: place, dot: dot, isLast ? arguments : [], isLast ? final : nil)
        }
        return value
    }

    private mutating func field(
        _ name: String, of receiver: TemplateValue, place: Place, dot: TemplateValue,
        _ arguments: ArraySlice<TemplateOperand>, _ final: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        if case .nothing = receiver { return .nothing }
        if let method = Self.method(name, of: receiver) {
            return try call(method, name: name, place: place, dot: dot, arguments, final)
        }
        let hasArguments = !arguments.isEmpty || final != nil
        func notAMethod() -> TemplateError { error("\(name) is not a method but has arguments") }
        switch receiver {
        case .labels(let labels):
            if hasArguments { throw notAMethod() }
            return .string(labels[name] ?? "")
        case .arguments(let entries):
            if hasArguments { throw notAMethod() }
            return entries[name] ?? .nothing
        default: break
        }
        guard let value = Self.structField(name, of: receiver) else {
            throw error("can't evaluate field \(name) in type \(receiver.typeName)")
        }
        if hasArguments { throw error("\(name) has arguments but cannot be invoked as function") }
        return value
    }

    private static func structField(_ name: String, of receiver: TemplateValue) -> TemplateValue? {
        switch (receiver, name) {
        case (.sample(let sample), "Labels"): .labels(sample.labels)
        case (.sample(let sample), "Value"): .float(sample.value)
        case (.alert(let data), "Labels"): .labels(data.labels)
        case (.alert(let data), "ExternalLabels"): .labels(data.externalLabels)
        case (.alert(let data), "ExternalURL"): .string(data.externalURL)
        case (.alert(let data), "Value"): .float(data.value)
        default: nil
        }
    }

    // MARK: Calls

    private mutating func call(
        _ name: String, place: Place, dot: TemplateValue, _ arguments: ArraySlice<TemplateOperand>,
        _ final: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        if name == "and" || name == "or" {
            guard !arguments.isEmpty || final != nil else {
                throw error("wrong number of args for \(name): want at least 1 got 0")
            }
            // The first argument that decides is the result; those behind it are not looked at.
            var value = TemplateValue.nothing
            for argument in arguments {
                value = try self.value(of: argument, dot: dot)
                if value.isTrue == (name == "or") { return value }
            }
            return final ?? value
        }
        guard let function = Self.functions[name] else {
            throw error("\(goQuoted(name)) is not a defined function")
        }
        return try call(function, name: name, place: place, dot: dot, arguments, final)
    }

    private mutating func call(
        _ function: Function, name: String, place: Place, dot: TemplateValue,
        _ arguments: ArraySlice<TemplateOperand>, _ final: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        let count = arguments.count + (final == nil ? 0 : 1)
        let fixed = function.parameters.count
        if function.rest != nil {
            guard count >= fixed else {
                throw error("wrong number of args for \(name): want at least \(fixed) got \(arguments.count)")
            }
        } else if count != fixed {
            throw error("wrong number of args for \(name): want \(fixed) got \(count)")
        }
        var values: [TemplateValue] = []
        values.reserveCapacity(count)
        for (index, argument) in arguments.enumerated() {
            let parameter = index < fixed ? function.parameters[index] : function.rest ?? .any
            values.append(try self.argument(argument, for: parameter, dot: dot))
        }
        if let final {
            let parameter = count - 1 < fixed ? function.parameters[count - 1] : function.rest ?? .any
            values.append(try checked(final, parameter))
        }
        do {
            for value in values { try self.count(value) }
            let result = try function.call(values, &self)
            try self.count(result)
            return result
        } catch {
            self.place = place
            throw self.error("error calling \(name): \(error.message)")
        }
    }

    /// Adds what a value holds to the work done.
    private mutating func count(_ value: TemplateValue) throws(TemplateError) {
        work += 16
        switch value {
        case .string(let text): work += text.utf8.count
        case .arguments(let entries): for entry in entries.values { try self.count(entry) }
        default: break
        }
        guard work <= limits.workMax else {
            throw TemplateError("the functions work on more than \(limits.workMax) bytes")
        }
    }

    private mutating func argument(
        _ operand: TemplateOperand, for parameter: Parameter, dot: TemplateValue
    ) throws(TemplateError) -> TemplateValue {
        place = .operand(operand)
        let constant: TemplateValue
        switch operand.kind {
        case .null:
            guard parameter.takesNil else { throw error("cannot assign nil to \(parameter.typeName)") }
            return .nothing
        case .bool(let flag): constant = .bool(flag)
        case .number(_, let number): constant = number
        case .string(_, let text): constant = .string(text)
        default: return try checked(try value(of: operand, dot: dot), parameter)
        }
        switch (parameter, constant) {
        case (.any, _), (.string, .string), (.integer, .int): return constant
        case (.duration, .int(let nanoseconds)): return .duration(nanoseconds, isPointer: false)
        case (.string, _): throw error("expected string; found \(operand)")
        case (.integer, _), (.duration, _): throw error("expected integer; found \(operand)")
        default: throw error("can't handle \(operand) for arg of type \(parameter.typeName)")
        }
    }

    private func checked(
        _ value: TemplateValue, _ parameter: Parameter
    ) throws(TemplateError) -> TemplateValue {
        switch (parameter, value) {
        case (.any, _), (.string, .string), (.integer, .int), (.sample, .sample),
            (.queryResult, .queryResult),
            (.time, .time):
            return value
        case (.duration, .duration(let nanoseconds, _)): return .duration(nanoseconds, isPointer: false)
        case (_, .nothing):
            if parameter.takesNil { return value }
            throw error("invalid value; expected \(parameter.typeName)")
        default:
            throw error("wrong type for value; expected \(parameter.typeName); got \(value.typeName)")
        }
    }

    // MARK: Errors

    /// An error at the place that is being looked at, worded as Go words it.
    private func error(_ whole: String) -> TemplateError {
        // Some messages quote a value, which may be as long as anything.
        let message =
            whole.utf8.count <= Self.messageMax
            ? whole : String(String.UnicodeScalarView(whole.unicodeScalars.prefix(Self.messageMax))) + "..."
        let position: Int
        let text: String
        switch place {
        case .none: return TemplateError("template: \(template.name): \(message)")
        case .pipeline(let pipeline): (position, text) = (pipeline.position, pipeline.description)
        case .command(let command): (position, text) = (command.position, command.description)
        case .operand(let operand): (position, text) = (operand.position, operand.description)
        case .other(let at, let what): (position, text) = (at, what)
        }
        let before = template.text.utf8.prefix(position)
        let line = 1 + before.count { $0 == UInt8(ascii: "\n") }
        let column =
            before.count
            - (before.lastIndex(of: UInt8(ascii: "\n")).map {
                before.distance(from: before.startIndex, to: $0) + 1
            } ?? 0)
        return TemplateError(
            "template: \(template.name):\(line):\(column): executing \(goQuoted(current)) at <\(text)>: \(message)"
        )
    }
}
