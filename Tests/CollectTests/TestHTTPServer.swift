import Glibc
import Synchronization

/// An HTTP server for tests: one thread, one request a connection, and every way of answering badly.
final class TestHTTPServer: Sendable {
    struct Request: Sendable {
        var path: String
        var query: [(name: String, value: String)]
        var headers: [String: String]

        func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }
    }

    enum Answer: Sendable {
        case body(status: Int, type: String, text: String, headers: [String: String] = [:])
        /// Announces the whole of `text`, sends the first `count` bytes and closes.
        case cut(text: String, count: Int)
        /// Takes the request and never answers.
        case hang
        case reset
    }

    let port: UInt16
    private let listener: CInt
    private let held = Mutex<[CInt]>([])
    private let answer: @Sendable (Request) -> Answer
    private let requests = Mutex<[String]>([])

    var url: String { "http://127.0.0.1:\(port)" }
    /// Paths with their queries, in the order of arrival.
    var requested: [String] { requests.withLock { $0 } }

    init(_ answer: @escaping @Sendable (Request) -> Answer) {
        self.answer = answer
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(listener, $0, length) == 0 && listen(listener, 64) == 0)
                getsockname(listener, $0, &length)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        pthread_create(&thread, nil, serveConnections, box.toOpaque())
        pthread_detach(thread)
    }

    /// Ends the server; waiting clients see a closed connection.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        held.withLock { held in
            for descriptor in held { close(descriptor) }
            held = []
        }
    }

    fileprivate func serve() {
        while true {
            let connection = accept(listener, nil, nil)
            if connection < 0 { return }
            guard let request = read(from: connection) else {
                close(connection)
                continue
            }
            respond(answer(request), on: connection)
        }
    }

    private func read(from connection: CInt) -> Request? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while !bytes.ends(with: [13, 10, 13, 10]) {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes += chunk[..<count]
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count == 3 else { return nil }
        requests.withLock { $0.append(String(words[1])) }
        let target = words[1].split(separator: "?", maxSplits: 1)
        var query: [(name: String, value: String)] = []
        if target.count == 2 {
            for part in target[1].split(separator: "&") {
                let pair = part.split(separator: "=", maxSplits: 1)
                query.append((decoded(pair[0]), pair.count == 2 ? decoded(pair[1]) : ""))
            }
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let pair = line.split(separator: ":", maxSplits: 1)
            if pair.count == 2 { headers[pair[0].lowercased()] = String(pair[1].drop(while: { $0 == " " })) }
        }
        return Request(path: String(target[0]), query: query, headers: headers)
    }

    private func respond(_ answer: Answer, on connection: CInt) {
        func send(_ text: some Sequence<UInt8>) {
            let bytes = Array(text)
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes {
                    Glibc.send(connection, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
                }
                if count <= 0 { return }
                sent += count
            }
        }
        switch answer {
        case .body(let status, let type, let text, let headers):
            let extra = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
            send(
                "HTTP/1.1 \(status) X\r\nContent-Type: \(type)\r\nContent-Length: \(text.utf8.count)\r\n\(extra)Connection: close\r\n\r\n"
                    .utf8)
            send(text.utf8)
            close(connection)
        case .cut(let text, let count):
            send(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(text.utf8.count)\r\n\r\n"
                    .utf8)
            send(text.utf8.prefix(count))
            close(connection)
        case .hang: held.withLock { $0.append(connection) }
        case .reset:
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
            close(connection)
        }
    }
}

private func serveConnections(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Unmanaged<TestHTTPServer>.fromOpaque(argument!).takeRetainedValue().serve()
    return nil
}

private func decoded(_ text: some StringProtocol) -> String {
    var bytes: [UInt8] = []
    var rest = Substring(text).utf8
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), rest.count >= 2,
            let value = UInt8(String(Substring(rest.prefix(2))), radix: 16)
        {
            bytes.append(value)
            rest.removeFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

extension Array where Element == UInt8 {
    fileprivate func ends(with suffix: [UInt8]) -> Bool {
        count >= suffix.count && self[(count - suffix.count)...] == suffix[...]
    }
}
