/// A problem as facts that an operator can act on: what failed, where, and what to do about it.
///
/// The text never holds a secret or a stack; `description` is the only layout:
///
///     cannot parse rule `HighLag`: expected `)` after label list
///       at rules.yml:14, column 31
///       fix: close the parenthesis opened at column 12
package struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
    /// What failed, as one sentence without a full stop.
    package var what: String
    /// Where it failed, when the place is known.
    package var place: SourcePlace?
    /// What the operator can do, when that is known.
    package var fix: String?

    package init(_ what: String, at place: SourcePlace? = nil, fix: String? = nil) {
        self.what = what
        self.place = place
        self.fix = fix
    }

    package var description: String {
        var text = what
        if let place { text += "\n  at \(place)" }
        if let fix { text += "\n  fix: \(fix)" }
        return text
    }
}

/// A place in a file or in an expression.
package struct SourcePlace: Sendable, Equatable, CustomStringConvertible {
    /// The file's name as the operator gave it; `nil` for text that came from elsewhere.
    package var file: String?
    /// Counted from 1; `nil` when only the file is known.
    package var line: Int?
    /// Counted from 1, in characters.
    package var column: Int?

    package init(file: String? = nil, line: Int? = nil, column: Int? = nil) {
        self.file = file
        self.line = line
        self.column = column
    }

    package var description: String {
        switch (file, line, column) {
        case (let file?, let line?, let column?): "\(file):\(line), column \(column)"
        case (let file?, let line?, nil): "\(file):\(line)"
        case (let file?, nil, _): file
        case (nil, let line?, let column?): "line \(line), column \(column)"
        case (nil, let line?, nil): "line \(line)"
        case (nil, nil, let column?): "column \(column)"
        case (nil, nil, nil): "unknown place"
        }
    }
}
