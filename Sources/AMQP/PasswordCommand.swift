import Diagnostics
import Glibc
import MetricModel

/// Runs a program that prints a password, a keyring's for instance.
enum PasswordCommand {
    /// The first line that `arguments[0]`, found through `PATH`, prints.
    ///
    /// No shell is involved. Standard error stays the terminal's, so that a keyring can explain itself.
    /// - Throws: when it cannot be started, fails, prints nothing or takes longer than `timeout`.
    static func run(_ arguments: [String], timeout: TimeSpan) throws(Problem) -> Secret {
        var pipeEnds: [Int32] = [-1, -1]
        guard pipe(&pipeEnds) == 0 else {
            throw Problem("cannot run the password command: \(errorText(errno))")
        }
        for end in pipeEnds { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(pipeEnds[0]) }
        let (child, status) = spawn(arguments, output: pipeEnds[1])
        close(pipeEnds[1])
        guard status == 0 else {
            throw Problem(
                "cannot run the password command `\(arguments[0])`: \(errorText(status))",
                fix: "give the program and its arguments as a list; no shell reads it")
        }
        let deadline = MonotonicInstant.now + timeout
        let output = readUntil(deadline, pipeEnds[0])
        let exit = reap(child, by: deadline)
        guard let exit, output != nil else {
            kill(child, SIGKILL)
            var ignored: Int32 = 0
            waitpid(child, &ignored, 0)
            throw Problem("the password command `\(arguments[0])` took longer than \(timeout)")
        }
        guard exit == 0 else {
            throw Problem("the password command `\(arguments[0])` failed with exit status \(exit)")
        }
        return try SecretFile.secret(
            firstLineOf: output ?? [], from: "the output of the password command `\(arguments[0])`")
    }

    private static func spawn(_ arguments: [String], output: Int32) -> (child: pid_t, status: Int32) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // This program blocks its signals and ignores SIGPIPE; the child must not inherit either.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var child: pid_t = 0
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        argv.append(nil)
        defer { for argument in argv { free(argument) } }
        let status = posix_spawnp(&child, arguments[0], &actions, &attributes, argv, environ)
        return (child, status)
    }

    /// Everything until the writer closes; `nil` when time runs out.
    private static func readUntil(_ deadline: MonotonicInstant, _ descriptor: Int32) -> [UInt8]? {
        var out: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while out.count <= SecretFile.bytesMax {
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = deadline - .now
            guard left > .zero else { return nil }
            let ready = poll(&poller, 1, Int32(clamping: left.milliseconds + 1))
            if ready < 0, errno != EINTR { return nil }
            guard ready > 0 else { continue }
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return out }
            out += chunk[..<count]
        }
        return out
    }

    /// The exit status, 128 + signal for a killed child; `nil` when it still runs at `deadline`.
    private static func reap(_ child: pid_t, by deadline: MonotonicInstant) -> Int32? {
        var status: Int32 = 0
        while true {
            let ended = waitpid(child, &status, WNOHANG)
            if ended == child { return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + status & 0x7f }
            if ended < 0, errno != EINTR { return nil }
            if MonotonicInstant.now >= deadline { return nil }
            usleep(2000)
        }
    }
}
