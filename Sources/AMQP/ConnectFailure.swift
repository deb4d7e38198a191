import Glibc

/// Why nothing could be reached at `host` and `port`, in the system's words: `Connection refused`.
///
/// librabbitmq keeps the reason to itself, so the attempt is made once more, for at most a second.
/// - Returns: `nil` when it now works, does not decide itself, or the host has no address.
func connectFailure(host: String, port: UInt16) -> String? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, "\(port)", &hints, &list) == 0 else { return nil }
    defer { freeaddrinfo(list) }
    var reason: Int32 = 0
    var next = list
    while let address = next?.pointee {
        let error = connectError(address)
        guard error != 0 else { return nil }
        reason = error
        next = address.ai_next
    }
    return reason > 0 ? errorText(reason) : nil
}

/// 0 when the connection is made, -1 when nothing is decided after a second.
private func connectError(_ address: addrinfo) -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.ai_family, type, 0)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    if connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return 0 }
    guard errno == EINPROGRESS else { return errno }
    var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard poll(&poller, 1, 1000) > 0 else { return -1 }
    var error: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
    return error
}
