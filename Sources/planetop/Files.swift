import Diagnostics
import Glibc
import MetricModel
import Synchronization
import Terminal

/// Files of the operator: dashboards, rules, captures. Errors name the file and the system's reason.
enum Files {
    /// More than any dashboard, rule file or exposition that a person would load by hand.
    static let bytesMax = 4 << 30

    /// All bytes of `path`; `-` is standard input.
    static func read(_ path: String) throws(Problem) -> [UInt8] {
        let descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw problem("cannot open", path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var status = stat()
        if fstat(descriptor, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR {
                throw isFolder(path)
            }
            bytes.reserveCapacity(Int(status.st_size))
        }
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw problem("cannot read", path)
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= bytesMax else {
                throw Problem("the file is larger than \(bytesMax) bytes", at: SourcePlace(file: path))
            }
        }
    }

    /// The files that `path` stands for: itself, or the files of a folder with one of `extensions`, by name.
    ///
    /// - Throws: also for a folder without such a file: whoever names one expects something of it.
    static func expand(_ path: String, extensions: [String]) throws(Problem) -> [String] {
        if path == "-" { return [path] }
        var status = stat()
        guard stat(path, &status) == 0 else { throw problem("cannot open", path) }
        guard status.st_mode & S_IFMT == S_IFDIR else { return [path] }
        guard let folder = opendir(path) else { throw problem("cannot open", path) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix("."), extensions.contains(where: { name.hasSuffix(".\($0)") }) {
                names.append(name)
            }
        }
        guard !names.isEmpty else {
            let endings = extensions.map { ".\($0)" }.joined(separator: " or ")
            throw Problem("there is no file with the ending \(endings)", at: SourcePlace(file: path))
        }
        return names.sorted().map { "\(path)/\($0)" }
    }

    /// The files that a shell pattern names, by name; a pattern without a match gives none.
    static func matching(_ pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }

    /// Writes a whole file beside its place and moves it there: a reader, a crash or a power failure sees the old one or
    /// the new one, never half of it.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) throws(Problem) {
        let temporary = "\(path).\(getpid()).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw problem("cannot write", path) }
        // Some file systems tell only at the end that there was no room.
        let isWritten = put(bytes, descriptor) && fsync(descriptor) == 0
        let failure = problem("cannot write", path)
        let isClosed = close(descriptor) == 0
        guard isWritten, isClosed, rename(temporary, path) == 0 else {
            let failure = isWritten ? problem("cannot write", path) : failure
            unlink(temporary)
            throw failure
        }
        synchroniseFolder(of: path)
    }

    /// - Returns: whether all of them could be written; `errno` says why not.
    static func put(_ bytes: [UInt8], _ descriptor: CInt) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + sent, $0.count - sent)
            }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            sent += count
        }
        return true
    }

    /// Makes sure that a power failure cannot take the new name back, where the file system can promise that.
    private static func synchroniseFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Makes an empty file for this user alone, with a number in its name when there is one of that name already.
    ///
    /// - Returns: its path.
    static func create(_ base: String, _ suffix: String) throws(Problem) -> String {
        for number in 1...100 {
            let path = number == 1 ? base + suffix : "\(base)-\(number)\(suffix)"
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0 {
                close(descriptor)
                return path
            }
            if errno != EEXIST { throw problem("cannot write", path) }
        }
        throw Problem("there are too many files of this name", at: SourcePlace(file: base + suffix))
    }

    /// Removes what processes that are gone left of their attempts to write `path`.
    static func removeUnfinished(_ path: String) {
        for file in matching("\(path).*.new") {
            let number = file.dropFirst(path.utf8.count + 1).dropLast(4)
            guard let process = pid_t(number), kill(process, 0) != 0, errno == ESRCH else { continue }
            unlink(file)
        }
    }

    /// Makes the folders that `path` lies in, for this user alone.
    static func makeFolder(of path: String) throws(Problem) {
        var built = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/").dropLast() {
            built += "/" + part
            if mkdir(built, 0o700) != 0, errno != EEXIST { throw problem("cannot make the folder", built) }
        }
    }

    static func isFolderThere(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func isFolder(_ path: String) -> Problem {
        Problem("cannot read a folder as a file", at: SourcePlace(file: path))
    }

    static func problem(_ what: String, _ path: String) -> Problem {
        Problem("\(what): \(String(cString: strerror(errno)))", at: SourcePlace(file: path))
    }
}

/// The value of an environment variable, when it is set to something.
func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
}

/// Writes a line to standard error, where problems go.
func report(_ text: String) { fputs(text + "\n", stderrStream) }

/// Writes to standard output, where answers go.
func output(_ text: String, terminator: String = "\n") {
    var text = text + terminator
    text.withUTF8 { bytes in
        var sent = 0
        while sent < bytes.count {
            let count = write(STDOUT_FILENO, bytes.baseAddress! + sent, bytes.count - sent)
            if count < 0, errno != EINTR {
                // Whoever closed the pipe has read enough.
                if errno != EPIPE, !OutputState.hasFailed.exchange(true, ordering: .relaxed) {
                    report("cannot write to standard output: \(String(cString: strerror(errno)))")
                }
                return
            }
            sent += max(count, 0)
        }
    }
}

/// Whether an answer could not be written: a command that nobody could read has failed.
enum OutputState {
    static let hasFailed = Atomic(false)
}

/// Standard error as a C stream, unbuffered; the C library's own variable is not importable.
private nonisolated(unsafe) let stderrStream: UnsafeMutablePointer<FILE> = {
    let stream = fdopen(STDERR_FILENO, "w")!
    setvbuf(stream, nil, _IONBF, 0)
    return stream
}()

/// Times in the names of files: `20261128T201500Z`.
enum FileStamp {
    static func text(_ time: Timestamp) -> String {
        CalendarTime.rfc3339(time).prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }
}

/// The machine's time.
func wallClock() -> Timestamp { Timestamp(milliseconds: wallClockMilliseconds()) }
