import Glibc

/// A TLS server without anything behind it (`openssl s_server`), to be refused for its certificate or version.
package final class TLSServer {
    package let port: UInt16
    private let pid: pid_t
    private let input: Int32
    private let output: Int32

    /// - Parameter options: further ones of `openssl s_server`, `-tls1_1` for instance.
    package init?(certificate: String, key: String, options: [String] = []) {
        guard let port = freePorts(1).first,
            let child = spawnWithPipes(
                [
                    "/usr/bin/openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-cert", certificate,
                    "-key", key,
                ]
                    + options)
        else { return nil }
        self.port = port
        (pid, input, output) = (child.pid, child.input, child.output)
        // It says when it listens.
        var said: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1 {
            said.append(byte)
            if said.suffix(6).elementsEqual("ACCEPT".utf8) { return }
        }
    }

    deinit {
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        close(input)
        close(output)
    }
}
