import JSON

/// Something that a dashboard asks for and does not get, with the place in its file.
package struct Notice: Sendable, Hashable {
    /// Why it has no effect.
    package enum Reason: Sendable, Hashable {
        /// planetop has no such thing.
        case unknown
        /// It is known, and this value of it is not.
        case value
        /// It is known and left out on purpose, with the reason.
        case leftOut(String)
        /// It cannot be read or carried out.
        case invalid(String)
    }

    /// The JSON path from the panel, or from the dashboard: `fieldConfig.defaults.custom.fillBelowTo`.
    package var path: String
    /// The value, shortened, as JSON.
    package var value: String
    package var reason: Reason

    package init(_ path: String, _ value: String, _ reason: Reason) {
        self.path = path
        self.value = value
        self.reason = reason
    }

    /// One line: `path = value: reason`.
    package var line: String {
        let said = value.isEmpty ? path : "\(path) = \(value)"
        switch reason {
        case .unknown: return "\(said): not honoured"
        case .value: return "\(said): this value is not honoured"
        case .leftOut(let why): return "\(said): not honoured, \(why)"
        case .invalid(let why): return "\(said): \(why)"
        }
    }
}

/// Collects notices while something is read.
struct Notices {
    /// No dashboard needs more to be told that it does not fit.
    static let countMax = 2000

    private(set) var all: [Notice] = []
    private var seen: Set<Notice> = []

    mutating func add(_ path: String, _ value: JSONValue?, _ reason: Notice.Reason = .unknown) {
        add(Notice(path, value.map(shortJSON) ?? "", reason))
    }

    mutating func add(_ path: String, text: String, _ reason: Notice.Reason) {
        add(Notice(path, shortened(text), reason))
    }

    mutating func add(_ notice: Notice) {
        guard all.count < Self.countMax, seen.insert(notice).inserted else { return }
        all.append(notice)
    }
}

/// A value as one short line of JSON.
func shortJSON(_ value: JSONValue) -> String {
    var writer = JSONWriter()
    writer.value(value)
    return shortened(writer.string)
}

func shortened(_ text: String, to lengthMax: Int = 80) -> String {
    text.count <= lengthMax ? text : text.prefix(lengthMax - 1) + "…"
}
