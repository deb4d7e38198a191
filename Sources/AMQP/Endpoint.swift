import MetricModel

/// Everything that opening a connection needs to know.
package struct Endpoint: Sendable {
    package var uri: BrokerURI
    package var credentials: Credentials
    /// What the broker's own tools show for this connection: program and host, for instance.
    package var connectionName: String
    package var timing = Timing()

    /// How long things may take. The URI's heartbeat and connection time-out come on top.
    package struct Timing: Sendable {
        /// For the login as a whole, after the socket is open.
        package var handshake = TimeSpan.seconds(10)
        /// For one question to the broker.
        package var call = TimeSpan.seconds(10)
        /// No call into the library lasts longer; its socket is ended then.
        package var stall = TimeSpan.seconds(15)
        /// Sent data that the peer's machine does not acknowledge ends the connection.
        package var unacknowledged = TimeSpan.seconds(15)

        package init() {}
    }

    package init(uri: BrokerURI, credentials: Credentials, connectionName: String) {
        self.uri = uri
        self.credentials = credentials
        self.connectionName = connectionName
    }

    /// Host and port, for messages.
    var place: String {
        let host = uri.host.utf8.contains(UInt8(ascii: ":")) ? "[\(uri.host)]" : uri.host
        return "\(host):\(uri.port)"
    }
}
