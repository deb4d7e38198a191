import Foundation
import Glibc

/// `planetop`, or what runs it, without a terminal, its outputs kept in files so that neither can fill a pipe.
struct Command {
    struct Result {
        /// Minus the number of the signal that killed it; `nil` when it did not end in time.
        var code: Int?
        var output: String
        var errors: String
    }

    private let process: pid_t
    private let folder: String

    static func run(
        _ arguments: [String], program: String = PseudoTerminal.program("planetop"),
        environment: [String: String] = [:], seconds: Double = 120
    ) throws -> Result {
        try Command(arguments, program: program, environment: environment).finish(seconds: seconds)
    }

    /// Starts it and comes back at once.
    init(
        _ arguments: [String], program path: String = PseudoTerminal.program("planetop"),
        environment extra: [String: String] = [:]
    ) throws {
        folder = try temporaryFolder()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, folder + "/output", O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, folder + "/errors", O_WRONLY | O_CREAT, 0o600)
        let environment = testEnvironment(folder: folder).merging(["TERM": "dumb"]) { $1 }.merging(extra) {
            $1
        }
        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var process: pid_t = 0
        let status = posix_spawn(&process, path, &actions, nil, &argv, &envp)
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: status) ?? .ENOENT) }
        self.process = process
    }

    /// Waits for its end; kills it after `seconds`.
    func finish(seconds: Double) throws -> Result {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let deadline = Date().addingTimeInterval(seconds)
        var status: CInt = 0
        var code: Int?
        while true {
            if waitpid(process, &status, WNOHANG) == process {
                code = status & 0x7f == 0 ? Int(status >> 8 & 0xff) : -Int(status & 0x7f)
                break
            }
            if Date() > deadline {
                kill(process, SIGKILL)
                waitpid(process, &status, 0)
                break
            }
            usleep(5_000)
        }
        func text(_ name: String) -> String {
            String(
                decoding: FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data(), as: UTF8.self)
        }
        return Result(code: code, output: text("output"), errors: text("errors"))
    }
}

/// A new folder that only this test uses.
func temporaryFolder() throws -> String {
    var template = Array((NSTemporaryDirectory() + "planetop-command.XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw POSIXError(.EACCES) }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// The environment of this process, without the user's settings, state and wishes.
func testEnvironment(folder: String) -> [String: String] {
    var environment = ProcessInfo.processInfo.environment.filter {
        !$0.key.hasPrefix("PLANETOP_") && $0.key != "NO_COLOR"
    }
    environment["LC_ALL"] = "C.UTF-8"
    environment["TZ"] = "UTC"
    environment["SWIFT_BACKTRACE"] = "enable=no"
    environment["XDG_CONFIG_HOME"] = folder + "/config"
    environment["XDG_STATE_HOME"] = folder + "/state"
    return environment
}
