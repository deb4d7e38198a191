import RegularExpressions

/// A condition on one label of a series. A series without the label is matched as if its value were empty.
package struct LabelMatcher: Sendable, Equatable, CustomStringConvertible {
    package enum Operation: String, Sendable, Equatable {
        case equal = "="
        case notEqual = "!="
        case matchesRegex = "=~"
        case matchesNotRegex = "!~"
    }

    package let name: String
    package let operation: Operation
    package let value: String
    private let regex: RegularExpression?

    /// - Throws: RE2's complaint when `operation` is a regular expression that does not compile.
    package init(
        _ name: String, _ operation: Operation, _ value: String
    ) throws(RegularExpression.PatternError) {
        self.name = name
        self.operation = operation
        self.value = value
        switch operation {
        case .equal, .notEqual: regex = nil
        // RE2's full match anchors both ends, as Prometheus' `^(?s:…)$` does.
        case .matchesRegex, .matchesNotRegex: regex = try RegularExpression(value)
        }
    }

    package init(name: String, equals value: String) {
        self.name = name
        operation = .equal
        self.value = value
        regex = nil
    }

    package func matches(_ candidate: String) -> Bool {
        var candidate = candidate
        return candidate.withUTF8 { matches($0) }
    }

    /// - Parameter candidate: UTF-8 of the label's value, empty for a label that is not there.
    package func matches(_ candidate: UnsafeBufferPointer<UInt8>) -> Bool {
        switch operation {
        case .equal: candidate.elementsEqual(value.utf8)
        case .notEqual: !candidate.elementsEqual(value.utf8)
        case .matchesRegex: regex!.matchesWhole(candidate)
        case .matchesNotRegex: !regex!.matchesWhole(candidate)
        }
    }

    package func matches(_ labels: LabelSet) -> Bool {
        var name = name
        return name.withUTF8 { name in
            labels.withValue(named: name) { matches($0 ?? UnsafeBufferPointer(start: nil, count: 0)) }
        }
    }

    package static func == (a: LabelMatcher, b: LabelMatcher) -> Bool {
        a.name == b.name && a.operation == b.operation && a.value == b.value
    }

    package var description: String { "\(name)\(operation.rawValue)\(quoted(value))" }
}
