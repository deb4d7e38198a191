import Diagnostics
import Glibc
import MetricModel
import TestSupport
import Testing

@testable import AMQP

/// One after the other: environment variables belong to the process.
@Suite(.serialized) struct CredentialsTests {
    /// A file with `content` and `mode`, gone after `body`.
    private func withFile(
        _ content: [UInt8], mode: mode_t, _ body: (String) throws -> Void
    ) throws {
        var template = Array("\(temporaryFolder)/planetop-secret.XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        _ = content.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        fchmod(descriptor, mode)
        close(descriptor)
        try body(path)
    }

    private func password(_ resolved: ResolvedCredentials) -> String? {
        guard case .found(let credentials) = resolved else { return nil }
        return credentials.password.revealed
    }

    @Test(arguments: [0o600, 0o400] as [mode_t])
    func readsASecretFile(mode: mode_t) throws {
        try withFile(Array("s3cret \r\nsecond line".utf8), mode: mode) { path in
            let secret = try SecretFile.read(path)
            #expect(secret.revealed == "s3cret ")
        }
    }

    @Test(arguments: [0o644, 0o640, 0o604, 0o620, 0o602, 0o610] as [mode_t])
    func refusesAFileThatOthersReach(mode: mode_t) throws {
        try withFile(Array("s3cret".utf8), mode: mode) { path in
            let problem = #expect(throws: Problem.self) { try SecretFile.read(path) }
            #expect(problem?.what.contains("others") == true)
            #expect(problem?.description.contains("s3cret") == false)
        }
    }

    @Test func refusesWhatIsNoSecretFile() throws {
        for (content, expected) in [
            ([], "empty"), (Array("\nx".utf8), "empty"), ([0xff, 0xfe], "UTF-8"), ([65, 0, 66], "UTF-8"),
        ] as [([UInt8], String)] {
            try withFile(content, mode: 0o600) { path in
                let problem = #expect(throws: Problem.self) { try SecretFile.read(path) }
                #expect(problem?.what.contains(expected) == true)
            }
        }
        #expect(throws: Problem.self) { try SecretFile.read("/nonexistent/secret") }
        #expect(throws: Problem.self) { try SecretFile.read(temporaryFolder) }
        // A pipe would wait for a writer.
        let pipe = "\(temporaryFolder)/planetop-secret-pipe.\(getpid())"
        mkfifo(pipe, 0o600)
        defer { unlink(pipe) }
        #expect(throws: Problem.self) { try SecretFile.read(pipe) }
        try withFile([UInt8](repeating: 65, count: SecretFile.bytesMax + 1), mode: 0o600) { path in
            #expect(throws: Problem.self) { try SecretFile.read(path) }
        }
    }

    @Test func refusesAnotherUsersFile() throws {
        // The superuser can give a file away; everybody else finds files of the superuser's.
        if geteuid() == 0 {
            try withFile(Array("s3cret".utf8), mode: 0o600) { path in
                chown(path, 12_345, 12_345)
                try refusesForeign(path)
            }
        } else {
            try refusesForeign("/etc/hostname")
        }
    }

    private func refusesForeign(_ path: String) throws {
        let problem = #expect(throws: Problem.self) { try SecretFile.read(path) }
        #expect(problem?.what.contains("another user") == true)
    }

    @Test func asksTheSourcesInOrder() throws {
        var uri = BrokerURI(host: "broker.example", user: "u", password: Secret("from-uri"))
        var sources = CredentialSources()
        sources.passwordFileVariable = "PLANETOP_TEST_PASSWORD_FILE"
        sources.passwordVariable = "PLANETOP_TEST_PASSWORD"
        sources.passwordCommand = ["/bin/echo", "from-command"]
        func expect(_ expected: String) throws {
            let found = try password(sources.resolve(for: uri))
            #expect(found == expected)
        }
        try withFile(Array("from-flag".utf8), mode: 0o600) { flag in
            try withFile(Array("from-variable".utf8), mode: 0o600) { variable in
                try withFile(Array("from-configuration".utf8), mode: 0o600) { configured in
                    sources.passwordFile = flag
                    sources.configuredPasswordFile = configured
                    setenv("PLANETOP_TEST_PASSWORD_FILE", variable, 1)
                    setenv("PLANETOP_TEST_PASSWORD", "from-environment", 1)
                    try expect("from-flag")
                    #expect(getenv("PLANETOP_TEST_PASSWORD") == nil, "removed though not needed")
                    sources.passwordFile = nil
                    try expect("from-variable")
                    unsetenv("PLANETOP_TEST_PASSWORD_FILE")
                    try expect("from-configuration")
                    sources.configuredPasswordFile = nil
                    try expect("from-uri")
                    uri.password = nil
                    setenv("PLANETOP_TEST_PASSWORD", "from-environment", 1)
                    try expect("from-environment")
                    try expect("from-command")
                    sources.passwordCommand = []
                    let missing = try sources.resolve(for: uri)
                    #expect(missing == .passwordMissing(user: "u"))
                }
            }
        }
    }

    @Test func knowsTheDefaultUser() throws {
        let sources = CredentialSources()
        #expect(try password(sources.resolve(for: BrokerURI())) == "guest")
        let remote = BrokerURI(host: "broker.example")
        #expect(try sources.resolve(for: remote) == .passwordMissing(user: "guest"))
    }

    struct CommandCase: Sendable {
        var arguments: [String]
        var password: String?
        var problem: String?
    }

    @Test(arguments: [
        CommandCase(arguments: ["printf", "a b\\nc"], password: "a b"),
        // No shell: the text arrives as it is.
        CommandCase(arguments: ["echo", "$HOME;`id`"], password: "$HOME;`id`"),
        CommandCase(arguments: ["false"], problem: "exit status 1"),
        CommandCase(arguments: ["true"], problem: "empty"),
        CommandCase(arguments: ["/nonexistent/program"], problem: "cannot run"),
        CommandCase(arguments: ["sh", "-c", "kill -9 $$"], problem: "exit status 137"),
        CommandCase(arguments: ["sleep", "20"], problem: "longer than"),
    ])
    func runsAPasswordCommand(_ example: CommandCase) throws {
        let timeout = TimeSpan(milliseconds: example.arguments[0] == "sleep" ? 200 : 20_000)
        if let expected = example.password {
            #expect(try PasswordCommand.run(example.arguments, timeout: timeout).revealed == expected)
        } else {
            let problem = #expect(throws: Problem.self) {
                try PasswordCommand.run(example.arguments, timeout: timeout)
            }
            #expect(problem?.what.contains(example.problem ?? "") == true, "\(String(describing: problem))")
        }
    }
}
