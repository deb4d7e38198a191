/// Combining marks that one base character keeps; further ones are spelled out.
package let combiningMarksMax = 4
/// Scalars of one emoji sequence that stay together: the longest in use (two people, skin tones, a heart) has ten.
package let emojiSequenceMax = 10

/// Replaces everything that must not reach a terminal, or that nobody would see there, by something visible.
///
/// What comes out is one line of assigned, visible Unicode scalars: no control characters, no bidirectional controls,
/// nothing of zero width except at most four combining marks on a base and what holds an emoji sequence together.
/// Every grapheme of it takes one or two columns. Sanitising twice changes nothing more.
func sanitised(_ text: String) -> String {
    // Plain printable ASCII is nearly all of what comes.
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return text }
    return bounded(visible(text))
}

/// First pass, scalar by scalar: what is invisible or steers becomes a picture or an escape.
private func visible(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    let scalars = Array(text.unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
        switch scalar.value {
        case 0x20..<0x7f: result.append(scalar)
        case 0..<0x20: result.append(Unicode.Scalar(0x2400 + scalar.value)!)
        case 0x7f: result.append("\u{2421}")
        case 0x200d:
            if joinsEmoji(scalars, at: index) { result.append(scalar) } else { escape(scalar, into: &result) }
        case 0xfe0e, 0xfe0f:
            // After an emoji, a wish for its plain or coloured form. Terminals disagree about the width that follows
            // from it, so the wish is granted only inside a sequence, whose width it does not change.
            let base = index > 0 ? scalars[index - 1] : " "
            if !isEmojiBase(base) {
                escape(scalar, into: &result)
            } else if index + 1 < scalars.count, scalars[index + 1].value == 0x200d,
                joinsEmoji(scalars, at: index + 1)
            {
                result.append(scalar)
            }
        case 0x1f3fb...0x1f3ff:
            // A skin tone colours the emoji before it; by itself it would tint whatever it is drawn beside.
            if index > 0, scalars[index - 1].properties.isEmojiModifierBase {
                result.append(scalar)
            } else {
                escape(scalar, into: &result)
            }
        default:
            if isDrawable(scalar) { result.append(scalar) } else { escape(scalar, into: &result) }
        }
    }
    return String(result)
}

/// Second pass, grapheme by grapheme: bounds the marks and the width, gives lone marks a base.
private func bounded(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for character in text {
        let scalars = character.unicodeScalars
        let first = scalars.first!
        var columns = 0
        if scalarWidth(first) == 0, !combines(first) {
            // The vowel or final of a decomposed Hangul syllable that has no initial.
            for scalar in scalars { escape(scalar, into: &result) }
            continue
        }
        if result.isEmpty, joinsWhatPrecedes(first) {
            result.append("\u{25cc}")
            columns = 1
        }
        if scalars.index(after: scalars.startIndex) == scalars.endIndex {
            result.append(first)
            continue
        }
        let isEmoji = isEmojiSequence(scalars)
        var marks = 0
        var count = 0
        var isCut = false
        for scalar in scalars {
            let width = scalarWidth(scalar)
            count += 1
            if isEmoji, count > 1, count <= emojiSequenceMax, width > 0 || isEmojiGlue(scalar) {
                result.append(scalar)
            } else if isEmoji, count > emojiSequenceMax {
                escape(scalar, into: &result)
            } else if width == 0, marks < combiningMarksMax, !isCut || combines(scalar) {
                marks += 1
                result.append(scalar)
            } else if width > 0, columns + width <= 2, !isCut {
                columns += width
                result.append(scalar)
            } else {
                // What follows in the grapheme leant on this scalar, so only marks may still stay.
                isCut = true
                escape(scalar, into: &result)
            }
        }
    }
    return String(result)
}

/// Writes `scalar` as `\u{…}`, the way Swift, JavaScript and Rust spell it.
private func escape(_ scalar: Unicode.Scalar, into result: inout String.UnicodeScalarView) {
    result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
}

/// Whether `scalar`, beyond ASCII, shows as something of its own or as a mark on its base.
private func isDrawable(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
        return false
    default:
        // Fillers, selectors and the like, which have categories of visible characters.
        return !properties.isDefaultIgnorableCodePoint
    }
}

/// Whether `scalar` is a mark that any base before it takes.
private func combines(_ scalar: Unicode.Scalar) -> Bool {
    let category = scalar.properties.generalCategory
    return category == .nonspacingMark || category == .enclosingMark
}

/// Whether `scalar` would become part of a blank that is drawn before it.
private func joinsWhatPrecedes(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x300 && " \(scalar)".count == 1
}

/// Whether the joiner at `index` stands between two emoji, a selector or a skin tone after the first one passed over.
private func joinsEmoji(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
    guard index + 1 < scalars.count, isEmojiBase(scalars[index + 1]) else { return false }
    var before = index - 1
    while before > 0, scalars[before].value == 0xfe0f || scalars[before].properties.isEmojiModifier {
        before -= 1
    }
    return before >= 0 && isEmojiBase(scalars[before])
}

/// An emoji that can stand in a sequence; digits, `#` and `*` are emoji by the letter of the standard only.
private func isEmojiBase(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0xa9 && scalar.properties.isEmoji && !scalar.properties.isEmojiModifier
        && !(0x1f1e6...0x1f1ff).contains(scalar.value)
}

/// What holds an emoji sequence together without a width of its own.
private func isEmojiGlue(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value == 0x200d || scalar.value == 0xfe0f
}
