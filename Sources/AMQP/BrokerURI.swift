import Diagnostics
import Glibc
import MetricModel

/// Where a broker is and how to reach it, as an AMQP URI says.
///
///     amqps://user@broker.example:5671/vhost?cacertfile=/etc/ssl/ca.pem&heartbeat=10
///
/// Printing it never shows the password. The text of no error quotes the URI, which may hold one.
/// - SeeAlso: RabbitMQ, "RabbitMQ URI Specification" and "URI Query Parameters".
package struct BrokerURI: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    package enum Scheme: String, Sendable {
        case amqp
        case amqps

        /// The port that is meant when none is written.
        package var defaultPort: UInt16 { self == .amqp ? 5672 : 5671 }
    }

    /// Whether a password may stand in the URI: on a command line every user of the machine can read it.
    package enum PasswordPolicy: Sendable {
        case refused
        case allowed
    }

    package enum Mechanism: Sendable {
        case plain
        /// The broker takes the identity from the client certificate.
        case external
    }

    /// How the broker's certificate is judged and which one is shown to it; paths are as written.
    package struct TLS: Sendable, Equatable {
        /// `nil`: the authorities that the system trusts.
        package var authorityFile: String?
        package var certificateFile: String?
        package var keyFile: String?
        /// `false` only when the URI says `verify=verify_none`.
        package var verifiesPeer = true
        /// The name that the certificate must carry and that is announced; `nil`: the host.
        package var serverName: String?

        package init() {}
    }

    package var scheme: Scheme
    /// Lower case, without the brackets of an IPv6 address.
    package var host: String
    package var port: UInt16
    package var virtualHost: String
    package var user: String?
    package var password: Secret?
    package var tls = TLS()
    package var heartbeatSeconds = 10
    package var connectTimeout = TimeSpan.seconds(10)
    package var mechanism = Mechanism.plain
    /// Names of query parameters that mean nothing here, in order.
    package var ignoredParameters: [String] = []

    package static let heartbeatSecondsMax = 600
    package static let lengthMax = 4096

    package init(
        scheme: Scheme = .amqp, host: String = "localhost", port: UInt16? = nil, virtualHost: String = "/",
        user: String? = nil, password: Secret? = nil
    ) {
        self.scheme = scheme
        self.host = host
        self.port = port ?? scheme.defaultPort
        self.virtualHost = virtualHost
        self.user = user
        self.password = password
    }

    /// Whether bytes travel readable to another machine.
    package var isPlaintextBeyondLoopback: Bool { scheme == .amqp && !hostIsLoopback }

    /// Whether anybody in between could pretend to be the broker.
    package var isUnverified: Bool { scheme == .amqps && !tls.verifiesPeer }

    package var hostIsLoopback: Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && hostIsAddress)
    }

    package var hostIsAddress: Bool { isIPv4Address(host) || isIPv6Address(host) }

    /// `amqps://user:***@host/vhost`; the port only where it is not the scheme's own.
    package var description: String {
        var text = scheme.rawValue + "://"
        if let user { text += percentEncoded(user) }
        if password != nil { text += ":***" }
        if user != nil || password != nil { text += "@" }
        text += host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        if port != scheme.defaultPort { text += ":\(port)" }
        return text + "/" + percentEncoded(virtualHost)
    }

    package var debugDescription: String { description }
}

func isIPv4Address(_ text: String) -> Bool {
    var address = in_addr()
    return text.withCString { inet_pton(AF_INET, $0, &address) } == 1
}

func isIPv6Address(_ text: String) -> Bool {
    var address = in6_addr()
    // A zone (`fe80::1%eth0`) belongs to the host's way out, not to the address.
    let bare = text.prefix { $0 != "%" }
    return String(bare).withCString { inet_pton(AF_INET6, $0, &address) } == 1
}

private func percentEncoded(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            out.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            let digits = Array("0123456789abcdef")
            out += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
        }
    }
    return out
}
