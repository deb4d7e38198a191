/// Columns that `text` takes in a terminal.
package func displayWidth(_ text: String) -> Int {
    text.reduce(0) { $0 + characterWidth($1) }
}

/// Columns of one grapheme: 0, 1 or 2.
package func characterWidth(_ character: Character) -> Int { 1 }
