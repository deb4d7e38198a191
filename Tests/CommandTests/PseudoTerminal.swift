import Foundation
import Glibc

/// A program in a pseudo-terminal of its own, as a session leader would have it.
///
/// What it draws is kept as bytes and, interpreted, as the screen that a user would see.
final class PseudoTerminal {
    let process: pid_t
    private var master: CInt
    private let slave: CInt
    private let folder: String
    private(set) var output: [UInt8] = []
    private(set) var screen: EmulatedScreen
    private let modesBefore: termios

    /// Where the build put the programs: beside the test bundle.
    static func program(_ name: String) -> String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(
            name
        ).path
    }

    init(
        _ program: String, _ arguments: [String], columns: UInt16 = 80, rows: UInt16 = 24,
        environment extra: [String: String] = [:]
    ) throws {
        var master: CInt = 0
        var slave: CInt = 0
        var name = [CChar](repeating: 0, count: 128)
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        guard openpty(&master, &slave, &name, nil, &size) == 0 else { throw POSIXError(.ENODEV) }
        // Children of other tests must not hold the terminal open.
        _ = fcntl(master, F_SETFD, FD_CLOEXEC)
        _ = fcntl(slave, F_SETFD, FD_CLOEXEC)
        screen = EmulatedScreen(columns: Int(columns), rows: Int(rows))
        var modes = termios()
        tcgetattr(slave, &modes)
        modesBefore = modes
        folder = try temporaryFolder()

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        posix_spawnattr_setflags(
            &attributes, 0x80 | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        // Opening it by name makes it the controlling terminal of the new session.
        posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        defer {
            posix_spawnattr_destroy(&attributes)
            posix_spawn_file_actions_destroy(&actions)
        }
        let environment = testEnvironment(folder: folder).merging(["TERM": "xterm-256color"]) { $1 }.merging(
            extra
        ) { $1 }
        var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var process: pid_t = 0
        let status = posix_spawn(&process, program, &actions, &attributes, &argv, &envp)
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: status) ?? .ENOENT) }
        self.process = process
        self.master = master
        self.slave = slave
    }

    deinit {
        if !hasEnded { kill(process, SIGKILL) }
        if !hasEnded { waitpid(process, nil, 0) }
        close(slave)
        hangUp()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private var hasEnded = false

    func type(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = write(master, bytes, bytes.count)
    }

    func resize(columns: UInt16, rows: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        screen.resize(columns: Int(columns), rows: Int(rows))
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    func send(_ signal: CInt) { kill(process, signal) }

    /// Reads what comes within `seconds`, or until `condition` holds of the screen.
    ///
    /// - Returns: whether it held in the end.
    @discardableResult
    func read(seconds: Double, until condition: ((EmulatedScreen) -> Bool)? = nil) -> Bool {
        let deadline = Date().addingTimeInterval(seconds)
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let condition, condition(screen) { return true }
            let left = deadline.timeIntervalSinceNow
            if left <= 0 { return condition == nil }
            guard master >= 0 else {
                usleep(10_000)
                continue
            }
            var descriptor = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, CInt(min(left * 1000, 200))) > 0 else { continue }
            let count = Glibc.read(master, &chunk, chunk.count)
            if count <= 0 { return condition.map { $0(screen) } ?? true }
            output += chunk[..<count]
            screen.feed(chunk[..<count])
        }
    }

    /// Reads until `text` stands on the screen.
    func shows(_ text: String, within seconds: Double = 20) -> Bool {
        read(seconds: seconds) { $0.text.contains(text) }
    }

    /// Reads until `text` stands on the screen no more.
    func hides(_ text: String, within seconds: Double = 20) -> Bool {
        read(seconds: seconds) { !$0.text.contains(text) }
    }

    /// Forgets what was drawn so far: what is seen from now on was drawn anew.
    func forget() {
        output.removeAll()
        screen.clear()
    }

    /// Waits until a signal stopped the program.
    func waitForStop(seconds: Double) -> Bool {
        let deadline = Date().addingTimeInterval(seconds)
        while Date() < deadline {
            read(seconds: 0.05)
            var status: CInt = 0
            if waitpid(process, &status, WNOHANG | WUNTRACED) == process { return status & 0xff == 0x7f }
        }
        return false
    }

    /// Waits for the program's end.
    ///
    /// - Returns: its exit code, minus the signal that killed it, or `nil` after `seconds`.
    func waitForEnd(seconds: Double) -> Int? {
        let deadline = Date().addingTimeInterval(seconds)
        while Date() < deadline {
            read(seconds: 0.05)
            var status: CInt = 0
            if waitpid(process, &status, WNOHANG) == process {
                hasEnded = true
                read(seconds: 0.05)
                return status & 0x7f == 0 ? Int(status >> 8 & 0xff) : -Int(status & 0x7f)
            }
        }
        return nil
    }

    /// What a user would find: the main screen, a visible cursor, the modes of before.
    var isClean: Bool {
        var modes = termios()
        tcgetattr(slave, &modes)
        let text = String(decoding: output, as: UTF8.self)
        let left = text.lastRange(of: "\u{1b}[?1049l")
        let entered = text.lastRange(of: "\u{1b}[?1049h")
        let isMainScreen = entered == nil || (left != nil && left!.lowerBound > entered!.lowerBound)
        let hidden = text.lastRange(of: "\u{1b}[?25l")
        let shown = text.lastRange(of: "\u{1b}[?25h") ?? text.lastRange(of: "\u{1b}[?12l\u{1b}[?25h")
        let isCursorVisible = hidden == nil || (shown != nil && shown!.lowerBound > hidden!.lowerBound)
        return isMainScreen && isCursorVisible && modes.c_lflag == modesBefore.c_lflag
            && modes.c_iflag == modesBefore.c_iflag && modes.c_oflag == modesBefore.c_oflag
    }

    /// Whether keys are read one by one and not echoed, as a full-screen program has it.
    var isRaw: Bool {
        var modes = termios()
        tcgetattr(slave, &modes)
        return modes.c_lflag & tcflag_t(ECHO | ICANON) == 0
    }

    /// Sets the modes of before under the program's feet, as a shell does when it takes the terminal.
    func takeModesBack() {
        var modes = modesBefore
        tcsetattr(slave, TCSANOW, &modes)
    }

    /// Closes the terminal under the program, as a lost connection does.
    func hangUp() {
        guard master >= 0 else { return }
        close(master)
        master = -1
    }
}

extension String {
    fileprivate func lastRange(of text: String) -> Range<String.Index>? {
        range(of: text, options: .backwards)
    }
}
