/// A key as the program understands it.
package enum Key: Sendable, Hashable {
    case character(Character)
    case enter, escape, tab, backTab, backspace, delete
    case up, down, left, right
    case shiftUp, shiftDown, shiftLeft, shiftRight
    case home, end, pageUp, pageDown
    case function(Int)
    /// Control and a letter, `l` for control-L.
    case control(Character)
}
