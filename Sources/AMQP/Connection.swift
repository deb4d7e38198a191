import CRabbitMQ
import Diagnostics
import Glibc
import MetricModel

/// One connection to a broker, open and logged in.
///
/// librabbitmq allows it one thread at a time: it lives and dies on the thread that opened it, and is never reused
/// after an error. Frames come one by one through `receive`; the library's own message assembly is never used,
/// because one message with an empty header key wedges it for good.
final class Connection {
    /// The largest frame either side may send; bounds how deep a header table can be.
    static let frameBytesMax: Int32 = 131_072

    let state: amqp_connection_state_t
    /// The frame that `receive` got last. Its contents die with the next `receive` or `releaseMemory`.
    let frame: UnsafeMutablePointer<amqp_frame_t>
    let place: String
    /// Of the broker, `RabbitMQ 3.10.8`; as it says.
    private(set) var product = ""
    /// Agreed upon with the broker, in seconds.
    private(set) var heartbeatSeconds: Int64 = 0
    /// When bytes were last seen to arrive.
    private(set) var lastByte = MonotonicInstant.now
    private(set) var lastSend = MonotonicInstant.now

    private let watchdog: Watchdog
    private let tlsRecord: UnsafeMutablePointer<planetop_tls_record>
    private let pollers: UnsafeMutablePointer<pollfd>
    private var serverName: UnsafeMutablePointer<CChar>?
    private var isTLS = false
    private var hasSocket = false

    private init(place: String, watchdog: Watchdog) throws(BrokerError) {
        guard let state = amqp_new_connection() else { throw BrokerError(.system, "out of memory") }
        self.state = state
        self.place = place
        self.watchdog = watchdog
        frame = .allocate(capacity: 1)
        frame.initialize(to: amqp_frame_t())
        pollers = .allocate(capacity: 2)
        pollers.initialize(repeating: pollfd(), count: 2)
        tlsRecord = .allocate(capacity: 1)
        tlsRecord.initialize(to: planetop_tls_record())
    }

    deinit {
        watchdog.arm()
        amqp_destroy_connection(state)
        watchdog.disarm()
        try? watchdog.watch(-1)
        frame.deallocate()
        pollers.deallocate()
        tlsRecord.deallocate()
        free(serverName)
    }

    /// Connects and logs in.
    ///
    /// - Parameter authenticating: called once the socket is open and the login begins.
    static func open(
        _ endpoint: Endpoint, watchdog: Watchdog, authenticating: () -> Void
    ) throws(BrokerError) -> Connection {
        let connection = try Connection(place: endpoint.place, watchdog: watchdog)
        try connection.openSocket(endpoint)
        authenticating()
        try connection.login(endpoint)
        return connection
    }

    /// The socket, or -1 once the library closed it.
    var descriptor: Int32 { hasSocket ? amqp_get_sockfd(state) : -1 }

    /// Sends that are due go out before half a heartbeat has passed.
    var sendInterval: TimeSpan { TimeSpan(milliseconds: heartbeatSeconds * 500) }

    /// Silence that counts as a dead link.
    var silenceMax: TimeSpan { TimeSpan(milliseconds: heartbeatSeconds * 2000) }

    // MARK: opening

    private func openSocket(_ endpoint: Endpoint) throws(BrokerError) {
        let uri = endpoint.uri
        isTLS = uri.scheme == .amqps
        let socket = uri.scheme == .amqps ? amqp_ssl_socket_new(state) : amqp_tcp_socket_new(state)
        guard let socket else { throw BrokerError(.system, "no memory for a socket") }
        let name = uri.tls.serverName ?? uri.host
        if uri.scheme == .amqps { try prepareTLS(socket, uri, name: name) }
        var limit = timeval(uri.connectTimeout)
        let status = amqp_socket_open_noblock(socket, uri.host, Int32(uri.port), &limit)
        guard status == 0 else {
            if uri.scheme == .amqps,
                let error = BrokerError.tls(status, record: tlsRecord.pointee, name: name, at: place)
            {
                throw error
            }
            if amqp_status_enum(rawValue: status) == AMQP_STATUS_SOCKET_ERROR {
                let reason = connectFailure(host: uri.host, port: uri.port).map { ": \($0)" } ?? ""
                throw BrokerError(
                    .unreachable, "cannot reach the broker at \(place)\(reason)",
                    fix: "check host and port, and that the broker runs")
            }
            throw BrokerError.library(status, during: BrokerError.connectCall, at: place)
        }
        hasSocket = true
        planetop_bound_silence(descriptor, UInt32(endpoint.timing.unacknowledged.milliseconds))
        do { try watchdog.watch(descriptor) } catch { throw BrokerError(.system, error.what) }
    }

    private func prepareTLS(
        _ socket: OpaquePointer, _ uri: BrokerURI, name: String
    ) throws(BrokerError) {
        planetop_tls_forget_errors()
        let isAddress = isIPv4Address(name) || isIPv6Address(name)
        serverName = strdup(name)
        tlsRecord.pointee.server_name = UnsafePointer(serverName)
        tlsRecord.pointee.sends_server_name = isAddress ? 0 : 1
        amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST)
        // Name and chain are judged inside OpenSSL: the library's own check knows neither addresses nor other names.
        amqp_ssl_socket_set_verify_hostname(socket, 0)
        amqp_ssl_socket_set_verify_peer(socket, uri.tls.verifiesPeer ? 1 : 0)
        if uri.tls.verifiesPeer {
            guard planetop_tls_require_peer(socket, tlsRecord, isAddress ? 1 : 0) == 1 else {
                throw BrokerError(.tlsSetup, "OpenSSL does not accept `\(name)` as a name to verify")
            }
        } else {
            planetop_tls_skip_peer(socket, tlsRecord)
        }
        if let file = uri.tls.authorityFile {
            guard amqp_ssl_socket_set_cacert(socket, file) == 0 else {
                throw BrokerError(
                    .tlsSetup, "cannot read certificates from the cacertfile \(file)",
                    fix: "give a file with PEM certificates")
            }
        } else if planetop_tls_use_system_authorities(socket) != 1 {
            throw BrokerError(
                .tlsSetup, "this system has no list of trusted authorities", fix: "give cacertfile")
        }
        guard let certificate = uri.tls.certificateFile, let key = uri.tls.keyFile else { return }
        // An empty pass phrase, else OpenSSL would ask the terminal for one.
        let noPhrase: StaticString = ""
        noPhrase.utf8Start.withMemoryRebound(to: CChar.self, capacity: 1) {
            amqp_ssl_socket_set_key_passwd(socket, $0)
        }
        guard amqp_ssl_socket_set_key(socket, certificate, key) == 0 else {
            throw BrokerError(
                .tlsSetup, "cannot use the client certificate \(certificate) with the key \(key)",
                fix: "both must be PEM, belong together, and the key must not be encrypted")
        }
    }

    private func login(_ endpoint: Endpoint) throws(BrokerError) {
        var handshake = timeval(endpoint.timing.handshake)
        amqp_set_handshake_timeout(state, &handshake)
        var call = timeval(endpoint.timing.call)
        amqp_set_rpc_timeout(state, &call)
        let memory = CallMemory()
        var properties = memory.table(clientProperties(endpoint.connectionName))
        let uri = endpoint.uri
        let heartbeat = Int32(uri.heartbeatSeconds)
        watchdog.arm()
        let reply =
            switch endpoint.credentials.mechanism {
            case .plain:
                planetop_login_plain(
                    state, uri.virtualHost, Self.frameBytesMax, heartbeat, &properties,
                    endpoint.credentials.user, endpoint.credentials.password.revealed)
            case .external:
                planetop_login_external(
                    state, uri.virtualHost, Self.frameBytesMax, heartbeat, &properties,
                    endpoint.credentials.user)
            }
        watchdog.disarm()
        try check(reply, during: BrokerError.loginCall, channel: 0)
        heartbeatSeconds = Int64(max(1, amqp_get_heartbeat(state)))
        product = serverProduct()
        noteReceived()
        noteSent()
    }

    /// Without the capabilities the broker stays silent about deleted queues and its own alarms.
    private func clientProperties(_ name: String) -> [FieldValue.Field] {
        let capabilities = [
            "authentication_failure_close", "basic.nack", "connection.blocked", "consumer_cancel_notify",
            "exchange_exchange_bindings", "per_consumer_qos", "publisher_confirms",
        ]
        return [
            FieldValue.Field("product", .string("planetop")),
            FieldValue.Field("connection_name", .string(name)),
            FieldValue.Field(
                "capabilities", .table(capabilities.map { FieldValue.Field($0, .boolean(true)) })),
        ]
    }

    private func serverProduct() -> String {
        guard let table = amqp_get_server_properties(state)?.pointee, let entries = table.entries else {
            return ""
        }
        var found: [String: String] = [:]
        for index in 0..<Int(table.num_entries) {
            let entry = entries[index]
            guard entry.value.kind == UInt8(AMQP_FIELD_KIND_UTF8.rawValue) else { continue }
            found[entry.key.text] = String(entry.value.value.bytes.text.prefix(80))
        }
        return [found["product"], found["version"]].compactMap { $0 }.joined(separator: " ")
    }

    // MARK: frames

    /// Takes the next frame into `frame`; does not wait.
    ///
    /// - Returns: `false` when none is there.
    func receive() throws(BrokerError) -> Bool {
        var atOnce = timeval()
        let status = amqp_simple_wait_frame_noblock(state, frame, &atOnce)
        if status == 0 { return true }
        if amqp_status_enum(rawValue: status) == AMQP_STATUS_TIMEOUT { return false }
        throw failure(status, during: "reading")
    }

    /// Whether `receive` may have a frame without asking the system.
    ///
    /// TLS keeps bytes to itself that nobody can see from outside: there only asking tells.
    var mayHaveFrames: Bool { isTLS || amqp_data_in_buffer(state) != 0 || amqp_frames_enqueued(state) != 0 }

    /// Gives the memory of the frames of `channel` back to the library.
    func releaseMemory(of channel: UInt16) { amqp_maybe_release_buffers_on_channel(state, channel) }

    /// Sleeps until bytes arrive, `signal` is raised or the time is over.
    ///
    /// - Parameter reads: `false` while nothing may be read, so that waiting bytes do not end the sleep.
    func sleep(_ time: TimeSpan, signal: WakeSignal, reads: Bool) {
        pollers[0] = pollfd(fd: signal.descriptor, events: Int16(POLLIN), revents: 0)
        pollers[1] = pollfd(fd: reads ? descriptor : -1, events: Int16(POLLIN), revents: 0)
        let ready = poll(pollers, 2, Int32(clamping: max(0, time.milliseconds)))
        guard ready > 0 else { return }
        if pollers[0].revents != 0 { signal.clear() }
        if pollers[1].revents & Int16(POLLIN) != 0 { noteReceived() }
    }

    /// Whether a small frame can be sent without waiting.
    func canSend() -> Bool {
        var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&poller, 1, 0) > 0 && poller.revents & Int16(POLLOUT) != 0
    }

    func noteReceived() { lastByte = .now }
    func noteSent() { lastSend = .now }

    /// Sends a heartbeat when half of the interval passed without anything sent by us.
    func sendHeartbeatIfDue(_ now: MonotonicInstant) throws(BrokerError) {
        guard now - lastSend >= sendInterval, canSend() else { return }
        var heartbeat = amqp_frame_t()
        heartbeat.frame_type = UInt8(AMQP_FRAME_HEARTBEAT)
        try send("a heartbeat") { amqp_send_frame(state, &heartbeat) }
    }

    /// Whether the link must be taken for dead.
    func isSilent(_ now: MonotonicInstant) -> Bool { now - lastByte >= silenceMax }

    var silence: BrokerError {
        BrokerError(
            .silent,
            "nothing heard from the broker at \(place) for \(silenceMax), two heartbeats",
            fix: "the network or the broker stands still")
    }

    /// Runs one sending call of the library under the watchdog.
    func send(_ what: String, _ call: () -> Int32) throws(BrokerError) {
        let bites = watchdog.biteCount
        watchdog.arm()
        let status = call()
        watchdog.disarm()
        guard status >= 0 else {
            if watchdog.biteCount != bites { throw stalled(what) }
            throw failure(status, during: "sending \(what)")
        }
        noteSent()
    }

    /// Answers and reports what concerns the connection as a whole: the frame just received on channel 0.
    ///
    /// - Returns: what the broker says about being blocked, `nil` for everything else.
    /// - Throws: the broker's reason when it closes the connection.
    func handleConnectionFrame() throws(BrokerError) -> BlockNotice? {
        guard frame.pointee.frame_type == UInt8(AMQP_FRAME_METHOD) else { return nil }
        let method = frame.pointee.payload.method
        switch method.id {
        case Method.connectionClose:
            throw closing(method, during: "the connection", channel: 0)
        case Method.connectionBlocked:
            guard let decoded = method.decoded else { return .blocked("") }
            return .blocked(closeText(decoded.load(as: amqp_connection_blocked_t.self).reason))
        case Method.connectionUnblocked:
            return .unblocked
        default:
            return nil
        }
    }

    enum BlockNotice: Equatable {
        case blocked(String)
        case unblocked
    }

    // MARK: failures

    /// Checks the library's reply to a question.
    func check(_ reply: amqp_rpc_reply_t, during call: String, channel: UInt16) throws(BrokerError) {
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_SERVER_EXCEPTION: throw closing(reply.reply, during: call, channel: channel)
        default: throw failure(reply.library_error, during: call)
        }
    }

    /// Answers a close of the broker and makes an error of its reason.
    func closing(_ method: amqp_method_t, during call: String, channel: UInt16) -> BrokerError {
        guard let decoded = method.decoded else {
            return BrokerError(.protocolViolation, "the broker at \(place) closed without a reason")
        }
        if method.id == Method.connectionClose {
            let close = decoded.load(as: amqp_connection_close_t.self)
            let error = BrokerError.closed(
                code: close.reply_code, text: closeText(close.reply_text), during: call, at: place)
            var answer = amqp_connection_close_ok_t()
            try? send("close-ok") { amqp_send_method(state, 0, Method.connectionCloseOk, &answer) }
            return error
        }
        let close = decoded.load(as: amqp_channel_close_t.self)
        let error = BrokerError.closed(
            code: close.reply_code, text: closeText(close.reply_text), during: call, at: place)
        var answer = amqp_channel_close_ok_t()
        try? send("close-ok") { amqp_send_method(state, channel, Method.channelCloseOk, &answer) }
        return error
    }

    private func failure(_ status: Int32, during call: String) -> BrokerError {
        BrokerError.library(status, during: call, at: place)
    }

    func stalled(_ what: String) -> BrokerError {
        BrokerError(.stalled, "sending \(what) to the broker at \(place) did not come back and was ended")
    }

    /// Runs one question of the library, which waits for the answer, under the watchdog.
    func ask<Answer>(
        _ call: String, channel: UInt16, _ body: () -> UnsafeMutablePointer<Answer>?
    ) throws(BrokerError) -> UnsafeMutablePointer<Answer>? {
        watchdog.arm()
        let answer = body()
        watchdog.disarm()
        noteSent()
        if answer == nil { try check(amqp_get_rpc_reply(state), during: call, channel: channel) }
        noteReceived()
        return answer
    }

    /// Says good-bye; errors do not matter any more.
    func sayGoodbye() {
        guard descriptor >= 0, canSend() else { return }
        watchdog.arm()
        _ = amqp_connection_close(state, 200)
        watchdog.disarm()
    }
}

extension timeval {
    init(_ span: TimeSpan) {
        let milliseconds = max(0, span.milliseconds)
        self.init(tv_sec: Int(milliseconds / 1000), tv_usec: Int(milliseconds % 1000) * 1000)
    }
}
