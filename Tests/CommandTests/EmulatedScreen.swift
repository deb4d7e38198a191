/// The screen of a terminal that understands what xterm, the Linux console and a vt100 have in common.
///
/// Every character takes one column: what is drawn here holds no wide ones.
struct EmulatedScreen {
    private(set) var columns: Int
    private(set) var rows: Int
    private var cells: [[Character]]
    private var x = 0
    private var y = 0
    private var top = 0
    private var bottom: Int
    private var saved = (x: 0, y: 0)
    private var last: Character = " "
    /// Whether a parameter of a colour was ever sent.
    private(set) var hasColor = false
    /// Whether a byte outside of ASCII was ever sent.
    private(set) var hasNonASCII = false

    private enum State {
        case text
        case escape
        case charset
        case control
        case command
    }
    private var state = State.text
    private var parameters = ""
    private var utf8: [UInt8] = []

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        bottom = rows - 1
        cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
    }

    /// One line a row, without the blanks at the ends.
    var lines: [String] {
        cells.map { row in
            var line = String(row)
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }

    var text: String { lines.joined(separator: "\n") }
    var isBlank: Bool { cells.allSatisfy { $0.allSatisfy { $0 == " " } } }

    mutating func resize(columns: Int, rows: Int) {
        let old = cells
        cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
        for y in 0..<min(rows, self.rows) {
            for x in 0..<min(columns, self.columns) { cells[y][x] = old[y][x] }
        }
        (self.columns, self.rows) = (columns, rows)
        (top, bottom) = (0, rows - 1)
        (x, y) = (min(x, columns - 1), min(y, rows - 1))
    }

    mutating func clear() {
        cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
    }

    mutating func feed(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            if byte >= 0x80 {
                hasNonASCII = true
                utf8.append(byte)
                let length = utf8[0] >= 0xf0 ? 4 : utf8[0] >= 0xe0 ? 3 : 2
                if utf8.count == length {
                    put(String(decoding: utf8, as: UTF8.self).first ?? "?")
                    utf8 = []
                }
                continue
            }
            utf8 = []
            take(byte)
        }
    }

    private mutating func take(_ byte: UInt8) {
        let character = Character(Unicode.Scalar(byte))
        switch state {
        case .text:
            switch byte {
            case 0x1b: state = .escape
            case 0x08: x = max(0, min(x, columns - 1) - 1)
            case 0x09: x = min(columns - 1, (x / 8 + 1) * 8)
            case 0x0a: lineFeed()
            case 0x0d: x = 0
            case 0x20...0x7e: put(character)
            default: break
            }
        case .escape:
            state = .text
            parameters = ""
            switch character {
            case "[": state = .control
            case "]": state = .command
            case "(", ")": state = .charset
            case "7": saved = (x, y)
            case "8": (x, y) = saved
            case "D": lineFeed()
            case "M": if y == top { scroll(-1) } else { y = max(0, y - 1) }
            default: break
            }
        case .charset: state = .text
        case .command: if byte == 0x07 || byte == 0x1b { state = byte == 0x07 ? .text : .charset }
        case .control:
            // A new escape ends a sequence that was cut off.
            if byte == 0x1b {
                state = .escape
            } else if (0x40...0x7e).contains(byte) {
                state = .text
                obey(character)
            } else {
                parameters.append(character)
            }
        }
    }

    private mutating func obey(_ final: Character) {
        let numbers = parameters.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        func number(_ index: Int, _ standard: Int = 1) -> Int {
            index < numbers.count && numbers[index] > 0 ? numbers[index] : standard
        }
        if final == "m" {
            hasColor =
                hasColor
                || numbers.contains {
                    (30...38).contains($0) || (40...48).contains($0) || (90...107).contains($0)
                }
        }
        guard !parameters.hasPrefix("?"), !parameters.hasPrefix(">") else { return }
        let column = min(x, columns - 1)
        switch final {
        case "H", "f": (y, x) = (min(rows, number(0)) - 1, min(columns, number(1)) - 1)
        case "A": y = max(0, y - number(0))
        case "B": y = min(rows - 1, y + number(0))
        case "C": x = min(columns - 1, x + number(0))
        case "D": x = max(0, column - number(0))
        case "G": x = min(columns, number(0)) - 1
        case "d": y = min(rows, number(0)) - 1
        case "J":
            eraseInLine(numbers.first ?? 0)
            for row in 0..<rows where (numbers.first ?? 0) == 2 || (number(0, 0) == 0 ? row > y : row < y) {
                cells[row] = Array(repeating: " ", count: columns)
            }
        case "K": eraseInLine(numbers.first ?? 0)
        case "X": for index in column..<min(columns, column + number(0)) { cells[y][index] = " " }
        case "P":
            let count = min(number(0), columns - column)
            cells[y].removeSubrange(column..<column + count)
            cells[y] += Array(repeating: " ", count: count)
        case "@":
            let count = min(number(0), columns - column)
            cells[y].insert(contentsOf: Array(repeating: " ", count: count), at: column)
            cells[y].removeLast(count)
        case "L", "M":
            let (before, count) = (top, min(number(0), bottom - y + 1))
            top = y
            scroll(final == "L" ? -count : count)
            top = before
        case "S": scroll(number(0))
        case "T": scroll(-number(0))
        case "b": for _ in 0..<number(0) { put(last) }
        case "r":
            (top, bottom) = (number(0) - 1, min(rows, number(1, rows)) - 1)
            (x, y) = (0, 0)
        default: break
        }
    }

    private mutating func put(_ character: Character) {
        if x >= columns {
            x = 0
            lineFeed()
        }
        cells[y][x] = character
        last = character
        x += 1
    }

    private mutating func lineFeed() {
        if y == bottom { scroll(1) } else { y = min(rows - 1, y + 1) }
    }

    private mutating func eraseInLine(_ mode: Int) {
        let column = min(x, columns - 1)
        let range = mode == 2 ? 0..<columns : mode == 1 ? 0..<column + 1 : column..<columns
        for index in range { cells[y][index] = " " }
    }

    private mutating func scroll(_ count: Int) {
        guard top <= bottom, top >= 0, bottom < rows else { return }
        let blank = [Character](repeating: " ", count: columns)
        for _ in 0..<min(abs(count), rows) {
            if count > 0 {
                cells.remove(at: top)
                cells.insert(blank, at: bottom)
            } else {
                cells.remove(at: bottom)
                cells.insert(blank, at: top)
            }
        }
    }
}
