import MetricModel
import PromQL

/// A text with Go template actions, parsed once and expanded for each alert.
///
/// Understands all of Go's text/template that Prometheus' templates can reach, with Prometheus' functions; words its
/// errors as they do, because operators look them up.
package struct Template: Sendable {
    package let name: String
    let text: String
    let nodes: [TemplateNode]
    let definitions: [String: [TemplateNode]]
    /// Whether the result depends on nothing but the data: no queries, no current time.
    package let isPure: Bool
    /// Whether there is no action at all, so that the text is the result.
    let isPlain: Bool
    /// Whether the alert's value may show in the result.
    let usesValue: Bool

    /// The variables that Prometheus declares before the text of a label or an annotation.
    static let alertVariables =
        "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}"

    /// - Parameter name: what errors call the template.
    package init(_ text: String, name: String) throws(TemplateError) {
        self.name = name
        self.text = text
        guard text.utf8.contains(UInt8(ascii: "{")) else {
            nodes = [.text(text)]
            definitions = [:]
            isPure = true
            isPlain = true
            usesValue = false
            return
        }
        var parser = TemplateParser(text, name: name, functions: TemplateExecutor.functionNames)
        nodes = try parser.parse()
        definitions = parser.definitions
        let tokens = TemplateLexer.tokens(of: text)
        isPure = !tokens.contains { $0.kind == .identifier && ($0.text == "query" || $0.text == "now") }
        isPlain = false
        // The declaration of `$value` stands before the text.
        let own = tokens.filter {
            !text.hasPrefix(Self.alertVariables) || $0.position >= Self.alertVariables.utf8.count
        }
        usesValue = own.contains {
            switch $0.kind {
            // The dot and `$` stand for everything that the alert knows.
            case .dot: true
            case .variable: $0.text == "$value" || $0.text == "$"
            case .field: $0.text == ".Value"
            default: false
            }
        }
    }

    /// A label or an annotation of the alerting rule `alert`, with `$labels`, `$value`, `$externalLabels` and `$externalURL`.
    package init(_ text: String, ofAlert alert: String) throws(TemplateError) {
        guard text.utf8.contains(UInt8(ascii: "{")) else {
            try self.init(text, name: "__alert_\(alert)")
            return
        }
        try self.init(Self.alertVariables + text, name: "__alert_\(alert)")
    }

    /// The text for one alert.
    ///
    /// - Throws: what went wrong, as Prometheus writes it: `error executing template __alert_X: …`.
    package func expand(
        _ data: AlertTemplateData, in context: TemplateContext, limits: TemplateLimits = TemplateLimits()
    ) throws(TemplateError) -> String {
        if isPlain { return text }
        var executor = TemplateExecutor(self, context: context, limits: limits)
        do {
            return try executor.run(.alert(data))
        } catch {
            throw TemplateError("error executing template \(name): \(error.message)")
        }
    }

    /// The text for one alert; in its place the error, as Prometheus shows it: a broken template loses no alert.
    package func expanded(
        _ data: AlertTemplateData, in context: TemplateContext, limits: TemplateLimits = TemplateLimits()
    ) -> String {
        do {
            return try expand(data, in: context, limits: limits)
        } catch {
            return "<error expanding template: \(error.message)>"
        }
    }
}

/// What a template may ask beside its data.
package struct TemplateContext {
    /// The time of the evaluation.
    package var now: Timestamp
    package var externalURL: String
    /// Answers `query`; throws the error's text.
    let query: (String) throws(TemplateError) -> [TemplateSample]

    package init(
        now: Timestamp, externalURL: String = "",
        query: @escaping (String) throws(TemplateError) -> [VectorElement] = { _ in [] }
    ) {
        self.now = now
        self.externalURL = externalURL
        self.query = { text throws(TemplateError) in
            try query(text).map { TemplateSample(labels: $0.labels, value: $0.value) }
        }
    }
}
