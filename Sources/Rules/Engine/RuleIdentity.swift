import PromQL

/// What makes a rule the same rule: its state outlives a reload or a restart as long as this does not change.
package struct RuleIdentity: Sendable, Hashable {
    var isAlerting: Bool
    var name: String
    /// In the printer's spelling, so that white space does not count.
    var expression: String
    var labels: [String]

    init(_ rule: Rule) {
        self.init(
            isAlerting: rule.isAlerting, name: rule.name, expression: PromQL.print(rule.expression),
            labels: rule.labels.flatMap { [$0.name, $0.text] })
    }

    init(isAlerting: Bool, name: String, expression: String, labels: [String]) {
        self.isAlerting = isAlerting
        self.name = name
        self.expression = expression
        self.labels = labels
    }
}
