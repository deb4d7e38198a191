import Diagnostics

extension YAMLNode {
    /// Where in the file a byte of a scalar's text stands, through quotes, escapes, indentation and folded lines.
    ///
    /// - Parameter offset: into the UTF-8 of the scalar's text; its end stands for the place after the last character.
    ///   An offset at white space gives the next character that is none.
    /// - Returns: the node's own place when it is not a scalar or when the file does not read as the text does.
    package func place(ofByte offset: Int) -> SourcePlace {
        guard case .scalar(let scalar) = content else { return place }
        var walk = ScalarWalk(
            source.bytes, at: source.offset(line: line, column: column), style: scalar.style)
        let text = Array(scalar.text.utf8)
        var found = walk.position
        for (index, byte) in text.enumerated() where !isBlank(byte) {
            guard let position = walk.find(byte) else { return place }
            found = position
            if index >= offset {
                let (line, column) = source.place(of: found)
                return SourcePlace(file: source.file, line: line, column: column)
            }
        }
        let (line, column) = source.place(of: text.isEmpty ? found : walk.position)
        return SourcePlace(file: source.file, line: line, column: column)
    }
}

private func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }

/// Finds the characters of a scalar's text again in its source, one after another; white space is skipped on both sides,
/// because that is all that indentation and folding change.
private struct ScalarWalk {
    private let bytes: [UInt8]
    private(set) var position: Int
    private let style: YAMLNode.Style
    /// Bytes that an escape stands for and that were not asked for yet, all at the same place.
    private var pending: [UInt8] = []
    private var pendingPosition = 0

    init(_ bytes: [UInt8], at start: Int, style: YAMLNode.Style) {
        self.bytes = bytes
        self.style = style
        position = start
        switch style {
        case .plain: break
        case .singleQuoted, .doubleQuoted: position += 1
        case .literal, .folded:
            // The header: `|`, `>-`, with a comment perhaps.
            while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
        }
    }

    /// The offset of the next character that is no white space, if it is `wanted`.
    mutating func find(_ wanted: UInt8) -> Int? {
        if let first = pending.first {
            guard first == wanted else { return nil }
            pending.removeFirst()
            return pendingPosition
        }
        while position < bytes.count {
            let byte = bytes[position]
            if isBlank(byte) {
                position += 1
                continue
            }
            if style == .doubleQuoted, byte == UInt8(ascii: "\\") {
                let start = position
                guard let meaning = escape() else { return nil }
                let solid = meaning.filter { !isBlank($0) }
                guard let first = solid.first else { continue }
                guard first == wanted else { return nil }
                pending = Array(solid.dropFirst())
                pendingPosition = start
                return start
            }
            guard byte == wanted else { return nil }
            let start = position
            position += 1
            // A quote inside single quotes is written twice.
            if style == .singleQuoted, byte == UInt8(ascii: "'") { position += 1 }
            return start
        }
        return nil
    }

    /// Reads the escape at `position`; empty for an escaped line break.
    private mutating func escape() -> [UInt8]? {
        guard position + 1 < bytes.count else { return nil }
        let kind = bytes[position + 1]
        position += 2
        let digits: Int
        switch kind {
        case UInt8(ascii: "x"): digits = 2
        case UInt8(ascii: "u"): digits = 4
        case UInt8(ascii: "U"): digits = 8
        case UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "r"), 10, 13, 9, 32: return []
        case UInt8(ascii: "0"): return [0]
        case UInt8(ascii: "a"): return [7]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "v"): return [11]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "e"): return [27]
        case UInt8(ascii: "N"): return Array("\u{85}".utf8)
        case UInt8(ascii: "_"): return Array("\u{A0}".utf8)
        case UInt8(ascii: "L"): return Array("\u{2028}".utf8)
        case UInt8(ascii: "P"): return Array("\u{2029}".utf8)
        default: return [kind]
        }
        guard position + digits <= bytes.count else { return nil }
        let hex = String(decoding: bytes[position..<position + digits], as: UTF8.self)
        position += digits
        guard let code = UInt32(hex, radix: 16), let scalar = Unicode.Scalar(code) else { return nil }
        return Array(String(Character(scalar)).utf8)
    }
}
