/// Columns that `text` takes in a terminal: the sum over its graphemes.
package func displayWidth(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return text.utf8.count }
    return text.reduce(0) { $0 + characterWidth($1) }
}

/// Columns of one grapheme: 0, 1 or 2.
///
/// A grapheme takes the columns of its scalars, as terminals count; an emoji sequence takes two. For a control
/// character the answer is 0; sanitised text has none.
package func characterWidth(_ character: Character) -> Int {
    let scalars = character.unicodeScalars
    var index = scalars.startIndex
    let first = scalars[index]
    scalars.formIndex(after: &index)
    if index == scalars.endIndex { return scalarWidth(first) }
    if isEmojiSequence(scalars) { return 2 }
    return min(2, scalars.reduce(0) { $0 + scalarWidth($1) })
}

/// Whether the scalars of one grapheme are emoji that a joiner or a skin tone makes into one picture.
func isEmojiSequence(_ scalars: Character.UnicodeScalarView) -> Bool {
    var previousIsEmoji = false
    for scalar in scalars {
        if scalar.value == 0x200d { return true }
        if previousIsEmoji, (0x1f3fb...0x1f3ff).contains(scalar.value) { return true }
        previousIsEmoji = scalar.value >= 0x231a && scalar.properties.isEmoji
    }
    return false
}

/// Columns of one scalar by itself: 0, 1 or 2.
///
/// Two: East Asian Width "wide" and "fullwidth", which covers every scalar shown as an emoji by default.
/// Zero: combining marks, format characters, controls, and the vowels and finals of decomposed Hangul, which join the initial.
func scalarWidth(_ scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if value < 0x300 { return value < 0x20 || (0x7f..<0xa0).contains(value) || value == 0xad ? 0 : 1 }
    // Box drawing, blocks and braille: what charts are made of.
    if (0x2500..<0x25fd).contains(value) || (0x2800..<0x2900).contains(value) { return 1 }
    if isWide(value) { return 2 }
    if (0x1160..<0x1200).contains(value) || (0xd7b0..<0xd800).contains(value) { return 0 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control, .lineSeparator, .paragraphSeparator: return 0
    default: return 1
    }
}

/// Whether East Asian Width says wide or fullwidth.
private func isWide(_ value: UInt32) -> Bool {
    guard value >= wideRanges[0].first else { return false }
    var low = 0
    var high = wideRanges.count
    while low < high {
        let middle = (low + high) / 2
        if value > wideRanges[middle].last {
            low = middle + 1
        } else {
            high = middle
        }
    }
    // Wide marks exist too (the tone marks of ideographs); they combine all the same.
    return low < wideRanges.count && value >= wideRanges[low].first && !(0x302a...0x302f).contains(value)
        && !(0x3099...0x309a).contains(value) && value != 0x16fe4
}

/// Scalars whose East Asian Width is W or F in Unicode 18; a range also runs over unassigned scalars, which are never drawn.
private let wideRanges: [(first: UInt32, last: UInt32)] = [
    (0x1100, 0x115f), (0x231a, 0x231b), (0x2329, 0x232a), (0x23e9, 0x23ec), (0x23f0, 0x23f0),
    (0x23f3, 0x23f3), (0x25fd, 0x25fe), (0x2614, 0x2615), (0x2630, 0x2637), (0x2648, 0x2653),
    (0x267f, 0x267f), (0x268a, 0x268f), (0x2693, 0x2693), (0x26a1, 0x26a1), (0x26aa, 0x26ab),
    (0x26bd, 0x26be), (0x26c4, 0x26c5), (0x26ce, 0x26ce), (0x26d4, 0x26d4), (0x26ea, 0x26ea),
    (0x26f2, 0x26f3), (0x26f5, 0x26f5), (0x26fa, 0x26fa), (0x26fd, 0x26fd), (0x2705, 0x2705),
    (0x270a, 0x270b), (0x2728, 0x2728), (0x274c, 0x274c), (0x274e, 0x274e), (0x2753, 0x2755),
    (0x2757, 0x2757), (0x2795, 0x2797), (0x27b0, 0x27b0), (0x27bf, 0x27bf), (0x2b1b, 0x2b1c),
    (0x2b50, 0x2b50), (0x2b55, 0x2b55), (0x2e80, 0x303e), (0x3041, 0x3247), (0x3250, 0xa4c6),
    (0xa960, 0xa97c), (0xac00, 0xd7a3), (0xf900, 0xfaff), (0xfe10, 0xfe19), (0xfe30, 0xfe6b),
    (0xff01, 0xff60), (0xffe0, 0xffe6), (0x16fe0, 0x1b2fb), (0x1d300, 0x1d376), (0x1f004, 0x1f004),
    (0x1f0cf, 0x1f0cf), (0x1f18e, 0x1f18e), (0x1f191, 0x1f19a), (0x1f1ae, 0x1f1ae), (0x1f200, 0x1f320),
    (0x1f32d, 0x1f335), (0x1f337, 0x1f37c), (0x1f37e, 0x1f393), (0x1f3a0, 0x1f3ca), (0x1f3cf, 0x1f3d3),
    (0x1f3e0, 0x1f3f0), (0x1f3f4, 0x1f3f4), (0x1f3f8, 0x1f43e), (0x1f440, 0x1f440), (0x1f442, 0x1f4fc),
    (0x1f4ff, 0x1f53d), (0x1f54b, 0x1f54e), (0x1f550, 0x1f567), (0x1f57a, 0x1f57a), (0x1f595, 0x1f596),
    (0x1f5a4, 0x1f5a4), (0x1f5fb, 0x1f64f), (0x1f680, 0x1f6c5), (0x1f6cc, 0x1f6cc), (0x1f6d0, 0x1f6d2),
    (0x1f6d5, 0x1f6df), (0x1f6eb, 0x1f6ec), (0x1f6f4, 0x1f6fc), (0x1f7da, 0x1f7da), (0x1f7e0, 0x1f7f0),
    (0x1f90c, 0x1f93a), (0x1f93c, 0x1f945), (0x1f947, 0x1f9ff), (0x1fa70, 0x1fafa), (0x20000, 0x3fffd),
]
