import Glibc
import Synchronization

/// A TCP proxy on loopback that can misbehave like a network: cut after so many bytes, swallow without closing,
/// deliver byte by byte, refuse.
///
/// One thread moves all bytes. Faults can be changed at any time and act at once.
///
/// `@unchecked Sendable`: the pumping thread owns the connections; everything shared lies under `settings`.
package final class FaultProxy: @unchecked Sendable {
    package struct Faults: Sendable {
        /// Cut the next connection after this many bytes from the server; used up by the cut.
        package var cutAfterFromServer: Int?
        /// Cut the next connection after this many bytes from the client; used up by the cut.
        package var cutAfterFromClient: Int?
        /// Inverts the byte of the next connection that comes after this many from the server; used up by it.
        package var invertByteFromServer: Int?
        /// Cuts send a reset instead of an orderly end.
        package var cutsByReset = false
        /// Takes bytes of both sides and delivers none; nobody is told.
        package var swallows = false
        /// Takes no bytes at all from the client: its send buffer fills.
        package var stallsClient = false
        /// Room for bytes from the client that nobody took yet; `nil`: the system's choice.
        package var clientBufferBytes: Int?
        /// Every byte travels alone.
        package var slices = false
        /// New connections are ended at once.
        package var refuses = false

        package init() {}
    }

    package struct Traffic: Sendable {
        package var connections = 0
        /// Of the newest connection.
        package var bytesFromServer = 0
        package var bytesFromClient = 0
    }

    package let port: UInt16
    private let serverPort: UInt16
    private let listener: LoopbackListener
    private let settings = Mutex(Faults())
    private let counters = Mutex(Traffic())
    private let ends = Atomic<Bool>(false)
    private let cutsAll = Atomic<Bool>(false)
    private let thread: UnsafeMutablePointer<pthread_t>

    /// - Parameter address: of loopback, to listen on; another than 127.0.0.1 makes certificates not fit.
    package init?(to serverPort: UInt16, address: String = "127.0.0.1") {
        guard let listener = LoopbackListener(address: address) else { return nil }
        self.listener = listener
        self.serverPort = serverPort
        port = listener.port
        thread = .allocate(capacity: 1)
        let keeper = Unmanaged.passRetained(self)
        pthread_create(thread, nil, runProxy, keeper.toOpaque())
    }

    deinit { thread.deallocate() }

    /// Ends all connections and the listener.
    package func close() {
        guard !ends.exchange(true, ordering: .acquiringAndReleasing) else { return }
        pthread_join(thread.pointee, nil)
    }

    package var faults: Faults {
        get { settings.withLock { $0 } }
        set { settings.withLock { $0 = newValue } }
    }

    package var traffic: Traffic { counters.withLock { $0 } }

    /// Cuts every connection that is open now.
    package func cutAll() { cutsAll.store(true, ordering: .releasing) }

    // MARK: the pumping thread

    private struct Link {
        var client: Int32
        var server: Int32
        var fromServer = 0
        var fromClient = 0
    }

    fileprivate func run() {
        var links: [Link] = []
        while !ends.load(ordering: .acquiring) {
            if cutsAll.exchange(false, ordering: .acquiringAndReleasing) {
                for link in links { cut(link, reset: faults.cutsByReset) }
                links = []
            }
            var pollers = [pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)]
            let stalls = faults.stallsClient
            for link in links {
                pollers.append(pollfd(fd: stalls ? -1 : link.client, events: Int16(POLLIN), revents: 0))
                pollers.append(pollfd(fd: link.server, events: Int16(POLLIN), revents: 0))
            }
            guard poll(&pollers, nfds_t(pollers.count), 5) > 0 else { continue }
            var kept: [Link] = []
            for (index, var link) in links.enumerated() {
                let clientReady = pollers[1 + 2 * index].revents != 0
                let serverReady = pollers[2 + 2 * index].revents != 0
                let isAlive =
                    (!clientReady || pump(&link, fromServer: false))
                    && (!serverReady || pump(&link, fromServer: true))
                if isAlive { kept.append(link) }
            }
            links = kept
            if pollers[0].revents != 0, let link = accept() { links.append(link) }
        }
        for link in links { cut(link, reset: false) }
        Glibc.close(listener.descriptor)
    }

    private func accept() -> Link? {
        let client = Glibc.accept(listener.descriptor, nil, nil)
        guard client >= 0 else { return nil }
        guard !faults.refuses, let server = connectToLoopback(serverPort) else {
            Glibc.close(client)
            return nil
        }
        var one: Int32 = 1
        if let bytes = faults.clientBufferBytes {
            var size = Int32(bytes)
            setsockopt(client, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        // A peer that takes nothing must not stop the pump for good.
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        for socket in [client, server] {
            setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
            setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        counters.withLock { $0 = Traffic(connections: $0.connections + 1) }
        return Link(client: client, server: server)
    }

    /// Moves what is there in one direction; `false` when the link is over.
    private func pump(_ link: inout Link, fromServer: Bool) -> Bool {
        let (source, target) = fromServer ? (link.server, link.client) : (link.client, link.server)
        var faults = self.faults
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = read(source, &buffer, buffer.count)
        guard count > 0 else {
            cut(link, reset: false)
            return false
        }
        if faults.swallows { return true }
        let seen = fromServer ? link.fromServer : link.fromClient
        let limit = fromServer ? faults.cutAfterFromServer : faults.cutAfterFromClient
        let passed = min(count, max(0, (limit ?? .max) - seen))
        if fromServer, let place = faults.invertByteFromServer, (seen..<(seen + passed)).contains(place) {
            buffer[place - seen] ^= 0xff
            self.faults.invertByteFromServer = nil
        }
        send(buffer[..<passed], to: target, slices: faults.slices)
        if fromServer { link.fromServer += passed } else { link.fromClient += passed }
        counters.withLock { traffic in
            traffic.bytesFromServer = link.fromServer
            traffic.bytesFromClient = link.fromClient
        }
        guard passed < count else { return true }
        if fromServer { faults.cutAfterFromServer = nil } else { faults.cutAfterFromClient = nil }
        self.faults = faults
        cut(link, reset: faults.cutsByReset)
        return false
    }

    private func send(_ bytes: ArraySlice<UInt8>, to target: Int32, slices: Bool) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { buffer in
                Glibc.send(target, buffer.baseAddress, slices ? 1 : buffer.count, noSignal)
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func cut(_ link: Link, reset: Bool) {
        if reset {
            // No lingering: the peer gets a reset.
            var option = linger(l_onoff: 1, l_linger: 0)
            for socket in [link.client, link.server] {
                setsockopt(
                    socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
            }
        }
        Glibc.close(link.client)
        Glibc.close(link.server)
    }
}

private func runProxy(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<FaultProxy>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}

/// MSG_NOSIGNAL: a peer that is gone is an error, not a signal.
private let noSignal: Int32 = 0x4000

private func connectToLoopback(_ port: UInt16) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    inet_pton(AF_INET, "127.0.0.1", &name.sin_addr)
    let status = withUnsafePointer(to: &name) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard status == 0 else {
        close(descriptor)
        return nil
    }
    return descriptor
}
