import CRE2

/// A compiled regular expression with RE2 semantics: linear time whatever the pattern and the text.
///
/// Swift's own `Regex` backtracks, so a pattern from a rule file could stall the screen; this one cannot.
package final class RegularExpression: Sendable {
    package struct PatternError: Error, Equatable {
        /// RE2's own words.
        package var message: String
    }

    package let pattern: String
    // RE2 objects may be matched from several threads at once; the pointer itself never changes.
    private nonisolated(unsafe) let program: OpaquePointer

    /// - Parameter dotMatchesNewline: as Prometheus compiles matchers; Grafana and RE2 by themselves do not.
    package init(_ pattern: String, dotMatchesNewline: Bool = true) throws(PatternError) {
        var text = pattern
        let compiled = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { chars in
                planetop_re2_new(chars.baseAddress, chars.count, dotMatchesNewline ? 1 : 0, 8 << 20)
            }
        }
        guard let compiled else { fatalError("out of memory") }
        if let message = planetop_re2_error(compiled) {
            let error = PatternError(message: String(cString: message))
            planetop_re2_free(compiled)
            throw error
        }
        self.pattern = pattern
        self.program = compiled
    }

    deinit { planetop_re2_free(program) }

    /// Number of capture groups, the whole match not counted.
    package var groupCount: Int { Int(planetop_re2_group_count(program)) }

    /// The name of capture group `index` (counted from 1), when it has one.
    package func groupName(_ index: Int) -> String? {
        planetop_re2_group_name(program, CInt(index)).map { String(cString: $0) }
    }

    /// Whether the whole of `text` matches.
    package func matchesWhole(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matchesWhole($0) }
    }

    /// Whether the whole of the UTF-8 `bytes` matches.
    package func matchesWhole(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = bytes.baseAddress else { return planetop_re2_full_match(program, "", 0) == 1 }
        return base.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
            planetop_re2_full_match(program, $0, bytes.count) == 1
        }
    }

    /// The leftmost match at or after byte `start`, as UTF-8 byte ranges: group 0 first, `nil` for one that took no part.
    package func firstMatch(
        in text: String, from start: Int = 0, anchored: Bool = false
    ) -> [Range<Int>?]? {
        var text = text
        let count = groupCount + 1
        var offsets = [CLong](repeating: -1, count: 2 * count)
        let matched = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { chars in
                planetop_re2_match(
                    program, chars.baseAddress ?? UnsafePointer(bitPattern: 1)!, chars.count, start,
                    anchored ? 1 : 0, &offsets, CInt(count))
            }
        }
        guard matched == 1 else { return nil }
        return (0..<count).map { offsets[2 * $0] < 0 ? nil : offsets[2 * $0]..<offsets[2 * $0 + 1] }
    }
}
