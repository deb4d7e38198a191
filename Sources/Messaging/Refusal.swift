/// Why a message was not taken, in words that an operator can pass on to whoever sent it.
package struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// What refusals are counted by.
    package enum Kind: String, Sendable, CaseIterable {
        /// Larger, deeper or more numerous than a limit allows.
        case tooLarge = "too large"
        /// `content_encoding` unknown, or the compressed bytes are broken or a bomb.
        case encoding
        /// The routing key does not say whose plane this is.
        case routingKey = "routing key"
        /// Nothing that any decoder knows.
        case undecodable
        /// A format that is known by name, without a decoder.
        case notReadYet = "not read yet"
        /// The right format in a later major version.
        case newerSchema = "newer schema"
        /// Not well-formed.
        case syntax
        /// Well-formed, but against a rule of the format.
        case rule
        /// The body speaks for another tenant or plane than its routing key allows.
        case identity
    }

    package var kind: Kind
    package var format: MessageFormat?
    /// One sentence without a full stop.
    package var reason: String

    package init(_ kind: Kind, _ reason: String, format: MessageFormat? = nil) {
        self.kind = kind
        self.format = format
        self.reason = reason
    }

    package var description: String {
        if let format, kind != .notReadYet { "\(format): \(reason)" } else { reason }
    }
}
