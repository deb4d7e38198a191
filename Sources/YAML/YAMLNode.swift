import Diagnostics

/// One value of a YAML document and where it stands in its file.
///
/// Aliases and merge keys (`<<`) are resolved, so a tree holds scalars, sequences and mappings only.
package struct YAMLNode: Sendable {
    package enum Content: Sendable {
        case scalar(Scalar)
        case sequence([YAMLNode])
        /// In the order of the file; keys are distinct.
        case mapping([Entry])
    }

    package enum Style: Sendable {
        case plain, singleQuoted, doubleQuoted
        /// A block after `|`.
        case literal
        /// A block after `>`.
        case folded
    }

    package struct Scalar: Sendable {
        package var text: String
        package var style: Style
        /// The standard type that a tag such as `!!str` asks for: `str`, `int`, `float`, `bool`, `null`, `timestamp`.
        package var tag: String?
    }

    package struct Entry: Sendable {
        package var key: YAMLNode
        package var value: YAMLNode
        /// The key's text.
        package var name: String
    }

    package var content: Content
    /// Both counted from 1, the column in characters.
    package var line: Int
    package var column: Int
    let source: YAMLSource

    /// What the node is, in words for an operator: `a mapping`, `a list`, `a scalar`.
    package var kindName: String {
        switch content {
        case .scalar: "a scalar"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    package var place: SourcePlace { SourcePlace(file: source.file, line: line, column: column) }
}

/// The text that a tree was read from, kept so that a place inside a scalar can be told.
final class YAMLSource: Sendable {
    let file: String?
    let bytes: [UInt8]
    /// Byte offsets of the beginnings of the lines.
    let lineStarts: [Int]

    init(file: String?, bytes: [UInt8]) {
        self.file = file
        self.bytes = bytes
        var starts = [0]
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
            starts.append(index + 1)
        }
        lineStarts = starts
    }

    /// The byte offset of a line and column, both counted from 1; the end of the text when there is no such place.
    func offset(line: Int, column: Int) -> Int {
        guard line >= 1, line <= lineStarts.count else { return bytes.count }
        var offset = lineStarts[line - 1]
        var left = column - 1
        while left > 0, offset < bytes.count {
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            left -= 1
        }
        return offset
    }

    /// Behind the last character that is no line break.
    var endPlace: (line: Int, column: Int) {
        let end = bytes.lastIndex { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        return place(of: end.map { $0 + 1 } ?? 0)
    }

    /// The line and column, counted from 1, of a byte offset.
    func place(of offset: Int) -> (line: Int, column: Int) {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        var column = 1
        for index in lineStarts[low]..<min(offset, bytes.count) where bytes[index] & 0xC0 != 0x80 {
            column += 1
        }
        return (low + 1, column)
    }
}
