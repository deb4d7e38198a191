import Glibc

/// Sends each frame with one `write`, without ever blocking the loop.
///
/// ncurses writes once per cursor move, so a frame would leave in dozens of pieces and could be drawn half; and a
/// stopped terminal would block the program inside of ncurses. So ncurses writes into a pipe, and what it wrote leaves from
/// here. While a frame is unsent no new one is made: on a slow link frames are left out, not queued.
final class FrameOutput {
    /// The terminal, in an open file of our own: `O_NONBLOCK` on the inherited one would reach the shell too.
    let terminal: CInt
    private let ownsTerminal: Bool
    private let pipeRead: CInt
    private let pipeWrite: CInt
    /// The descriptor number that ncurses writes to.
    private let screenDescriptor: CInt
    private var pending: [UInt8] = []
    private var sent = 0
    private(set) var bytesTotal: UInt64 = 0
    private(set) var framesTotal: UInt64 = 0
    private(set) var lastFrameBytes = 0

    /// Large enough for the first frame of the largest terminal anyone has.
    private static let pipeBytesMax: CInt = 1 << 20

    init?(screenDescriptor: CInt) {
        self.screenDescriptor = screenDescriptor
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        pipeRead = ends[0]
        pipeWrite = ends[1]
        _ = fcntl(pipeRead, F_SETFL, O_NONBLOCK)
        _ = fcntl(pipeWrite, 1031 /* F_SETPIPE_SZ */, Self.pipeBytesMax)
        var opened: CInt = -1
        if let name = ttyname(STDOUT_FILENO) {
            opened = open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        }
        ownsTerminal = opened >= 0
        terminal = opened >= 0 ? opened : STDOUT_FILENO
    }

    deinit {
        close(pipeRead)
        close(pipeWrite)
        if ownsTerminal { close(terminal) }
    }

    /// Lets ncurses write into the pipe.
    func capture() { dup2(pipeWrite, screenDescriptor) }

    /// Lets ncurses write to the terminal itself, as `endwin` needs it.
    func release() {
        collect()
        flushBlocking()
        dup2(STDOUT_FILENO, screenDescriptor)
    }

    var hasPending: Bool { sent < pending.count }

    /// Takes what ncurses wrote since the last call and starts sending it.
    func send() {
        let before = pending.count
        collect()
        lastFrameBytes = pending.count - before
        bytesTotal += UInt64(lastFrameBytes)
        if lastFrameBytes > 0 { framesTotal += 1 }
        proceed()
    }

    /// Sends as much as the terminal takes now.
    func proceed() {
        while sent < pending.count {
            let count = pending.withUnsafeBytes { write(terminal, $0.baseAddress! + sent, $0.count - sent) }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN { return }
                // The terminal is gone; the loop hears of it from the input side.
                sent = pending.count
                break
            }
            sent += count
        }
        pending.removeAll(keepingCapacity: true)
        sent = 0
    }

    private func collect() {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(pipeRead, &chunk, chunk.count)
            guard count > 0 else { return }
            pending.append(contentsOf: chunk[..<count])
        }
    }

    /// Before leaving: waits a little for a slow terminal, never for a dead one.
    private func flushBlocking() {
        let deadline = monotonicNanoseconds() + 500_000_000
        while hasPending, monotonicNanoseconds() < deadline {
            proceed()
            if hasPending {
                var descriptor = pollfd(fd: terminal, events: Int16(POLLOUT), revents: 0)
                _ = poll(&descriptor, 1, 100)
            }
        }
        var descriptor = pollfd(fd: terminal, events: Int16(POLLOUT), revents: 0)
        if hasPending || poll(&descriptor, 1, 0) == 0 {
            // Stopped with control-S, or nobody reads: the sequences that give the terminal back need room, else
            // the program could not even be ended.
            tcflow(terminal, TCOON)
            tcflush(terminal, TCOFLUSH)
        }
        pending.removeAll()
        sent = 0
    }
}
