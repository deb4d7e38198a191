import Foundation
import Glibc

/// A program in a pseudo-terminal of its own, as a session leader would have it.
final class PseudoTerminal {
    let process: pid_t
    private let master: CInt
    private let slave: CInt
    private(set) var output: [UInt8] = []
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
        var modes = termios()
        tcgetattr(slave, &modes)
        modesBefore = modes
        _ = fcntl(master, F_SETFD, FD_CLOEXEC)
        _ = fcntl(slave, F_SETFD, FD_CLOEXEC)

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
        var environment = ProcessInfo.processInfo.environment
        environment["TERM"] = "xterm-256color"
        environment["LC_ALL"] = "C.UTF-8"
        environment["TZ"] = "UTC"
        environment["SWIFT_BACKTRACE"] = "enable=no"
        for name in ["NO_COLOR", "PLANETOP_BROKER"] { environment[name] = nil }
        environment.merge(extra) { $1 }
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
        close(master)
    }

    private var hasEnded = false

    func type(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = write(master, bytes, bytes.count)
    }

    func resize(columns: UInt16, rows: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    func send(_ signal: CInt) { kill(process, signal) }

    /// Reads what comes within `seconds`, or until `text` was drawn since `from`.
    ///
    /// - Returns: whether `text` came.
    @discardableResult
    func read(until text: String? = nil, seconds: Double) -> Bool {
        let deadline = Date().addingTimeInterval(seconds)
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let text, drawn.contains(text) { return true }
            let left = deadline.timeIntervalSinceNow
            if left <= 0 { return text.map { drawn.contains($0) } ?? true }
            var descriptor = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, CInt(min(left * 1000, 200))) > 0 else { continue }
            let count = Glibc.read(master, &chunk, chunk.count)
            if count <= 0 { return text.map { drawn.contains($0) } ?? true }
            output += chunk[..<count]
        }
    }

    /// Forgets what was drawn so far.
    func forget() { output.removeAll() }

    /// The characters drawn, in the order of their arrival, escape sequences left out.
    var drawn: String {
        var text: [UInt8] = []
        var index = output.startIndex
        while index < output.endIndex {
            let byte = output[index]
            guard byte == 0x1b else {
                text.append(byte)
                index += 1
                continue
            }
            index += 1
            guard index < output.endIndex else { break }
            if output[index] == UInt8(ascii: "[") {
                index += 1
                while index < output.endIndex, !(0x40...0x7e).contains(output[index]) { index += 1 }
                // A cursor move stands between two texts.
                text.append(0x20)
            } else if output[index] == UInt8(ascii: "(") {
                index += 1
            }
            index += 1
        }
        return String(decoding: text, as: UTF8.self)
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

    /// Closes the terminal under the program, as a lost connection does.
    func hangUp() { close(master) }
}

extension String {
    fileprivate func lastRange(of text: String) -> Range<String.Index>? {
        range(of: text, options: .backwards)
    }
}
