/// What kind of measurement a metric is.
package enum MetricType: String, Sendable, Hashable, CaseIterable {
    case gauge, counter, summary, histogram
    /// 1 while the labelled state holds, else 0.
    case state
    case gaugeHistogram = "gaugehistogram"
    case info
    case stateSet = "stateset"
    case unknown
}

/// What a message says about a metric beside its values.
package struct MetricMetadata: Sendable, Hashable {
    /// The metric's name as its family has it: without `_total`, `_bucket`, … where the format separates them.
    package var name: String
    package var type: MetricType
    /// Empty when not said.
    package var unit: String
    /// Empty when not said.
    package var help: String

    package init(name: String, type: MetricType, unit: String = "", help: String = "") {
        self.name = name
        self.type = type
        self.unit = unit
        self.help = help
    }
}
