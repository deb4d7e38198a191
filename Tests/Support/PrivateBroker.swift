import Glibc

/// A RabbitMQ of the tests' own on loopback, started by `rabbitmq/broker.sh`.
///
/// It lives in a folder of the temporary directory and goes with this process, however that ends: the script ends
/// the broker when the pipe to it closes.
///
/// Users: `guest` (everything), `viewer` (reads tenant `acme`), `collector` (publishes for tenant `acme`), with the
/// passwords `guest`, `viewer-secret`, `collector-secret`. Exchange: `metrics`. The virtual host `closed` lets
/// nobody in.
///
/// `@unchecked Sendable`: commands are serialised by `lock`.
package final class PrivateBroker: @unchecked Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let port: UInt16
    package let tlsPort: UInt16
    package let directory: String
    private let commands: Int32
    private let answers: Int32
    private let lock = TestLock()

    /// Authority of the broker's certificate, for `localhost` and 127.0.0.1.
    package var authorityFile: String { directory + "/tls/ca.pem" }
    /// An authority that signed nothing of this broker's.
    package var strangerAuthorityFile: String { directory + "/tls/other-ca.pem" }
    /// Of a server at `localhost`: good ones, and ones to be refused.
    package var serverCertificateFile: String { directory + "/tls/server.pem" }
    package var expiredCertificateFile: String { directory + "/tls/expired.pem" }
    package var selfSignedCertificateFile: String { directory + "/tls/lonely.pem" }
    package var serverKeyFile: String { directory + "/tls/server.key" }
    package var clientCertificateFile: String { directory + "/tls/client.pem" }
    package var clientKeyFile: String { directory + "/tls/client.key" }

    /// Whether RabbitMQ and openssl are installed here.
    package static let isAvailable: Bool = {
        let server = (serverFolder ?? "/usr/lib/rabbitmq/bin") + "/rabbitmq-server"
        let tools = ["/usr/bin/openssl", "/usr/local/bin/openssl"]
        return access(server, X_OK) == 0 && tools.contains { (tool: String) in access(tool, X_OK) == 0 }
    }()

    package static let skipReason =
        "skipped: rabbitmq-server is not installed here (apt install rabbitmq-server)"

    private static var serverFolder: String? { getenv("RABBITMQ_SBIN").map { String(cString: $0) } }

    /// Starts one and waits until it serves, 5 to 10 seconds.
    package init() throws {
        let ports = freePorts(4)
        guard ports.count == 4 else { throw Failure(description: "no free ports on loopback") }
        (port, tlsPort) = (ports[0], ports[1])
        var template = Array("\(temporaryFolder)/planetop-broker.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(description: "no temporary folder") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let script = scriptFolder() + "/rabbitmq/broker.sh"
        let arguments = ["/bin/sh", script, directory] + ports.map { "\($0)" }
        guard let child = spawnWithPipes(arguments) else {
            throw Failure(description: "cannot start \(script)")
        }
        (commands, answers) = (child.input, child.output)
        do { _ = try answer() } catch {
            close(commands)
            throw error
        }
    }

    deinit {
        close(commands)
        close(answers)
    }

    /// Ends it for good.
    package func shutDown() { lock.hold { shutdownInput() } }

    private func shutdownInput() {
        // The script reads the end of its input and cleans up; waiting for the end of its output means it did.
        close(commands)
        var byte: UInt8 = 0
        while read(answers, &byte, 1) > 0 {}
    }

    package func start() throws { _ = try obey("start") }
    /// An orderly end: clients hear of it.
    package func stop() throws { _ = try obey("stop") }
    /// Gone without a word.
    package func kill() throws { _ = try obey("kill") }
    /// Its machine still answers on the network, the broker itself stands still.
    package func freeze() throws { _ = try obey("freeze") }
    package func thaw() throws { _ = try obey("thaw") }

    /// Runs `rabbitmqctl`; takes a second or two. No argument may hold a space.
    @discardableResult
    package func control(_ arguments: String...) throws -> String {
        try obey("ctl " + arguments.joined(separator: " "))
    }

    private func obey(_ command: String) throws -> String {
        try lock.hold {
            var line = Array((command + "\n").utf8)
            guard write(commands, &line, line.count) == line.count else {
                throw Failure(description: "the broker's script is gone")
            }
            return try answer()
        }
    }

    /// Reads up to `= STATUS`.
    private func answer() throws -> String {
        var text: [UInt8] = []
        var byte: UInt8 = 0
        while read(answers, &byte, 1) == 1 {
            text.append(byte)
            guard byte == UInt8(ascii: "\n") else { continue }
            let lines = text.split(separator: UInt8(ascii: "\n"))
            guard let last = lines.last, last.starts(with: "= ".utf8) else { continue }
            let output = lines.dropLast().map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
            guard last.elementsEqual("= 0".utf8) else { throw Failure(description: output) }
            return output
        }
        throw Failure(description: "the broker's script ended: " + String(decoding: text, as: UTF8.self))
    }
}

/// The broker that all suites of this process use, started when the first one asks.
package enum SharedBroker {
    private static let result = Result { () throws -> PrivateBroker in
        let broker = try PrivateBroker()
        atexit { SharedBroker.end() }
        return broker
    }
    private static let gate = ReadWriteGate()

    /// Runs `body` with the broker, beside others.
    ///
    /// `body` must not suspend: the threads of Swift's pool may all be waiting for it.
    package static func use<Value>(_ body: (PrivateBroker) throws -> Value) throws -> Value {
        try gate.read { try body(result.get()) }
    }

    /// Runs `body` with the broker, and nobody else beside: for what stops, kills or blocks it.
    package static func useAlone<Value>(_ body: (PrivateBroker) throws -> Value) throws -> Value {
        try gate.write { try body(result.get()) }
    }

    private static func end() {
        if case .success(let broker) = result { broker.shutDown() }
    }
}

/// The folder of this file.
private func scriptFolder(_ file: String = #filePath) -> String {
    String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
}
