import CNcurses
import CTerminalSignals
import Canvas
import Diagnostics
import Glibc

/// The terminal: canvases out, keys in. Only one exists, only one thread touches it.
///
/// Every way out gives the terminal back: `restore`, `deinit`, and a guard for crashes.
package final class Screen {
    package let profile: TerminalProfile
    package private(set) var width = 0
    package private(set) var height = 0

    private let screen: OpaquePointer
    private let window: UnsafeMutablePointer<WINDOW>
    // Keys are read from a pad: reading from the window would draw it.
    private let keyPad: UnsafeMutablePointer<WINDOW>
    private let stream: UnsafeMutablePointer<FILE>
    private let output: FrameOutput
    private var isOpen = true
    private var shown: Canvas?
    private var pairs = ColorPairs()
    private var resolved: [Style: ResolvedStyle] = [:]
    private var rowBuffer: [cchar_t] = []

    /// - Throws: a problem that names `TERM` when the terminal is unknown or standard output is not one.
    package init(escapeDelayMilliseconds: Int32 = 25) throws(Problem) {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            throw Problem(
                "standard input and output must be a terminal",
                fix: "use `planetop snapshot` or `planetop status` where there is none")
        }
        Locale.adopt()
        let descriptor = dup(STDOUT_FILENO)
        guard descriptor >= 0, let stream = fdopen(descriptor, "w") else {
            throw Problem("cannot open the terminal: \(String(cString: strerror(errno)))")
        }
        guard let output = FrameOutput(screenDescriptor: descriptor) else {
            throw Problem("cannot make a pipe: \(String(cString: strerror(errno)))")
        }
        Self.armCrashGuard()
        guard let screen = newterm(nil, stream, stdinStream()) else {
            planetop_crash_guard_disarm()
            throw Problem(
                "unknown terminal type `\(environment("TERM") ?? "")`",
                fix: "set TERM to a type that terminfo knows, xterm-256color for instance")
        }
        set_term(screen)
        self.stream = stream
        self.output = output
        self.screen = screen
        cbreak()
        noecho()
        nonl()
        curs_set(0)
        typeahead(-1)
        set_escdelay(escapeDelayMilliseconds)
        let noColor = !(environment("NO_COLOR") ?? "").isEmpty
        var colors = 0
        if has_colors(), !noColor {
            start_color()
            use_default_colors()
            colors = Int(tigetnum("colors"))
        }
        profile = TerminalProfile(
            term: environment("TERM") ?? "", codeset: Locale.codeset, terminfoColors: colors, noColor: noColor
        )
        guard let window = newwin(0, 0, 0, 0), let keyPad = newpad(1, 1) else { fatalError("out of memory") }
        self.window = window
        self.keyPad = keyPad
        keypad(keyPad, true)
        nodelay(keyPad, true)
        leaveok(window, true)
        output.capture()
        measure()
    }

    deinit { restore() }

    /// Gives the terminal back; safe to call more than once.
    package func restore() {
        guard isOpen else { return }
        isOpen = false
        output.release()
        endwin()
        planetop_crash_guard_disarm()
    }

    /// Stops the program as control-Z does elsewhere; returns after it was continued.
    package func suspend() {
        output.release()
        def_prog_mode()
        endwin()
        kill(getpid(), SIGSTOP)
        reset_prog_mode()
        output.capture()
        resize()
    }

    /// After the terminal changed its size or its content was spoilt: the next frame is drawn whole.
    package func resize() {
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 {
            resizeterm(CInt(size.ws_row), CInt(size.ws_col))
            wresize(window, CInt(size.ws_row), CInt(size.ws_col))
        }
        measure()
        redrawAll()
    }

    /// Draws the next frame whole, for control-L.
    package func redrawAll() {
        clearok(window, true)
        shown = nil
    }

    /// Forgets how styles look: the theme changed.
    package func forgetStyles() {
        resolved.removeAll()
        shown = nil
    }

    /// Whether the last frame has left; until then `present` would only add to a slow link's backlog.
    package var isReady: Bool { !output.hasPending }

    /// To wait for room in, while a frame is unsent.
    package var outputDescriptor: CInt? { output.hasPending ? output.terminal : nil }

    package func continueSending() { output.proceed() }

    package var bytesTotal: UInt64 { output.bytesTotal }
    package var framesTotal: UInt64 { output.framesTotal }
    package var lastFrameBytes: Int { output.lastFrameBytes }

    /// Sends what differs from the frame before. Does nothing while the frame before is unsent.
    ///
    /// - Parameter resolve: how a style looks; asked once for each style until `forgetStyles`.
    /// - Returns: whether the frame was taken.
    @discardableResult
    package func present(_ canvas: Canvas, resolve: (Style) -> ResolvedStyle) -> Bool {
        guard isOpen, isReady else { return false }
        let old = shown.flatMap { $0.width == canvas.width && $0.height == canvas.height ? $0 : nil }
        if old == nil { werase(window) }
        let columns = min(canvas.width, width)
        for y in 0..<min(canvas.height, height) {
            var first = 0
            var end = columns
            if let old {
                guard let changed = changedColumns(of: y, in: canvas, since: old, columns: columns) else {
                    continue
                }
                (first, end) = changed
            }
            draw(canvas, row: y, from: first, to: end, resolve: resolve)
        }
        wnoutrefresh(window)
        doupdate()
        output.send()
        shown = canvas
        return true
    }

    private func changedColumns(
        of y: Int, in canvas: Canvas, since old: Canvas, columns: Int
    ) -> (first: Int, end: Int)? {
        let row = y * canvas.width
        return canvas.cells.withUnsafeBufferPointer { new in
            old.cells.withUnsafeBufferPointer { old in
                var first = 0
                while first < columns, new[row + first] == old[row + first] { first += 1 }
                if first == columns { return nil }
                var end = columns
                while new[row + end - 1] == old[row + end - 1] { end -= 1 }
                // A run must not begin inside of a wide character.
                while first > 0, new[row + first].character == "\0" || old[row + first].character == "\0" {
                    first -= 1
                }
                while end < columns, new[row + end].character == "\0" || old[row + end].character == "\0" {
                    end += 1
                }
                return (first, end)
            }
        }
    }

    private func draw(
        _ canvas: Canvas, row y: Int, from first: Int, to end: Int, resolve: (Style) -> ResolvedStyle
    ) {
        rowBuffer.removeAll(keepingCapacity: true)
        for x in first..<end {
            let cell = canvas[x, y]
            if cell.character == "\0" { continue }
            let style: ResolvedStyle
            if let known = resolved[cell.style] {
                style = known
            } else {
                style = resolve(cell.style)
                resolved[cell.style] = style
            }
            let isWide = x + 1 < canvas.width && canvas[x + 1, y].character == "\0"
            appendCell(cell.character, isWide: isWide, style)
        }
        rowBuffer.withUnsafeBufferPointer {
            _ = mvwadd_wchnstr(window, CInt(y), CInt(first), $0.baseAddress, CInt($0.count))
        }
    }

    /// One grapheme as ncurses wants it: a base and a few combining characters, of the width that the C library agrees to.
    private func appendCell(_ character: Character, isWide: Bool, _ style: ResolvedStyle) {
        var attributes = NC_NORMAL
        if style.attributes.contains(.bold) { attributes |= NC_BOLD }
        if style.attributes.contains(.dim) { attributes |= NC_DIM }
        if style.attributes.contains(.reverse) { attributes |= NC_REVERSE }
        if style.attributes.contains(.underline) { attributes |= NC_UNDERLINE }
        var pair =
            profile.colors == 0
            ? 0 : pairs.number(style.foreground.map(Int32.init) ?? -1, style.background.map(Int32.init) ?? -1)
        var text = [wchar_t](repeating: 0, count: 6)
        var count = 0
        for scalar in character.unicodeScalars where count < 5 {
            let wide = wchar_t(bitPattern: scalar.value)
            if count > 0, planetop_character_width(wide) != 0 { continue }
            text[count] = wide
            count += 1
        }
        let width = Int(planetop_character_width(text[0]))
        let drawable = profile.isUTF8 ? width == (isWide ? 2 : 1) : text[0] < 0x7f
        if !drawable { text = [wchar_t(63), 0, 0, 0, 0, 0] }
        var cell = cchar_t()
        setcchar(&cell, &text, attributes, 0, &pair)
        rowBuffer.append(cell)
        // The C library thinks that this grapheme is narrower than we do: keep the columns.
        if !drawable, isWide {
            text[0] = wchar_t(32)
            setcchar(&cell, &text, attributes, 0, &pair)
            rowBuffer.append(cell)
        }
    }

    /// Every key pressed since the last call.
    package func keys() -> [Key] {
        var keys: [Key] = []
        var code: wint_t = 0
        while true {
            let kind = wget_wch(keyPad, &code)
            if kind == ERR { break }
            if kind == KEY_CODE_YES {
                if let key = functionKey(CInt(bitPattern: code)) { keys.append(key) }
            } else if let key = characterKey(code) {
                keys.append(key)
            }
        }
        return keys
    }

    private func measure() {
        width = Int(getmaxx(window))
        height = Int(getmaxy(window))
    }

    /// What gives the terminal back is looked up now: in a crash nothing can be looked up any more.
    private static func armCrashGuard() {
        var status: CInt = 0
        guard setupterm(nil, STDOUT_FILENO, &status) == 0 else { return }
        var bytes: [CChar] = []
        for name in ["sgr0", "cnorm", "rmkx", "rmcup"] {
            guard let text = tigetstr(name), Int(bitPattern: text) != -1 else { continue }
            bytes.append(contentsOf: UnsafeBufferPointer(start: text, count: strlen(text)))
        }
        planetop_crash_guard_arm(STDOUT_FILENO, bytes, bytes.count)
    }
}

/// Colour pairs by need: terminals have from 64 to 65,536 of them.
private struct ColorPairs {
    private struct Colors: Hashable { var foreground: Int32, background: Int32 }
    private var numbers: [Colors: CInt] = [:]

    /// The pair's number; 0, the terminal's own colours, when the terminal has no more pairs.
    mutating func number(_ foreground: Int32, _ background: Int32) -> CInt {
        if foreground == -1, background == -1 { return 0 }
        let colors = Colors(foreground: foreground, background: background)
        if let number = numbers[colors] { return number }
        let number = CInt(numbers.count + 1)
        guard init_extended_pair(number, foreground, background) == OK else { return 0 }
        numbers[colors] = number
        return number
    }
}

/// Standard input as a C stream; the C library's own variable is not importable.
private func stdinStream() -> UnsafeMutablePointer<FILE>? { fdopen(STDIN_FILENO, "r") }

private func characterKey(_ code: wint_t) -> Key? {
    switch code {
    case 27: .escape
    case 10, 13: .enter
    case 9: .tab
    case 8, 127: .backspace
    case 1...26: .control(Character(Unicode.Scalar(UInt8(code) + 96)))
    case 0..<32: nil
    default: Unicode.Scalar(code).map { .character(Character($0)) }
    }
}

private func functionKey(_ code: CInt) -> Key? {
    switch code {
    case KEY_UP: .up
    case KEY_DOWN: .down
    case KEY_LEFT: .left
    case KEY_RIGHT: .right
    case KEY_SR: .shiftUp
    case KEY_SF: .shiftDown
    case KEY_SLEFT: .shiftLeft
    case KEY_SRIGHT: .shiftRight
    case KEY_HOME: .home
    case KEY_END: .end
    case KEY_PPAGE: .pageUp
    case KEY_NPAGE: .pageDown
    case KEY_BTAB: .backTab
    case KEY_BACKSPACE: .backspace
    case KEY_DC: .delete
    case KEY_ENTER: .enter
    case 265...276: .function(Int(code) - 264)
    default: nil
    }
}
