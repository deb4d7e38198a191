import Diagnostics
import MetricModel

extension BrokerURI {
    /// Reads an AMQP URI.
    ///
    /// - Parameter passwords: `.refused` for a URI from a command line.
    /// - Throws: what is wrong and how to write it, never any part of the text itself.
    package init(parsing text: String, passwords: PasswordPolicy) throws(Problem) {
        var parser = BrokerURIParser(text)
        self = try parser.parse(passwords: passwords)
    }
}

/// Reads one URI from left to right: scheme, user, host, port, virtual host, query.
///
/// Nothing that was read is ever put into an error: a misplaced slash or `@` moves parts of a password into the
/// host or the path.
private struct BrokerURIParser {
    private let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func parse(passwords: BrokerURI.PasswordPolicy) throws(Problem) -> BrokerURI {
        guard bytes.count <= BrokerURI.lengthMax else {
            throw Problem("the broker's URI is longer than \(BrokerURI.lengthMax) bytes")
        }
        if let index = bytes.firstIndex(where: { $0 <= 0x20 || $0 == 0x7f }) {
            throw problem(
                "has a space or control character", column: index + 1,
                fix: "write it percent-encoded, a space as %20")
        }
        let (scheme, rest) = try splitScheme()
        let beforeQuery = rest.prefix { $0 != UInt8(ascii: "?") }
        let query = rest.dropFirst(beforeQuery.count).dropFirst()
        if let hash = rest.firstIndex(of: UInt8(ascii: "#")) {
            throw problem("has a fragment (`#`)", column: hash + 1, fix: "write %23 for a `#` in a name")
        }
        let authority = beforeQuery.prefix { $0 != UInt8(ascii: "/") }
        let path = beforeQuery.dropFirst(authority.count)

        var uri = BrokerURI(scheme: scheme)
        let hostPart = try splitUser(of: authority, into: &uri)
        if passwords == .refused, uri.password != nil {
            throw Problem(
                "the broker's URI holds a password, which every user of this machine could read",
                fix: "leave it out and use --password-file or PLANETOP_AMQP_PASSWORD_FILE"
            )
        }
        try readHost(hostPart, into: &uri)
        uri.virtualHost = try virtualHost(path)
        try readQuery(query, into: &uri)
        return uri
    }

    // MARK: parts

    private func splitScheme() throws(Problem) -> (BrokerURI.Scheme, ArraySlice<UInt8>) {
        for scheme in [BrokerURI.Scheme.amqp, .amqps] {
            let prefix = Array((scheme.rawValue + "://").utf8)
            if bytes.count >= prefix.count, zip(bytes, prefix).allSatisfy({ lowercased($0) == $1 }) {
                return (scheme, bytes[prefix.count...])
            }
        }
        throw problem(
            "does not start with amqp:// or amqps://", column: 1,
            fix: "write amqps://HOST/VHOST, or amqp://HOST/VHOST without TLS")
    }

    private func splitUser(
        of authority: ArraySlice<UInt8>, into uri: inout BrokerURI
    ) throws(Problem) -> ArraySlice<UInt8> {
        let ats = authority.indices.filter { authority[$0] == UInt8(ascii: "@") }
        guard let at = ats.first else { return authority }
        guard ats.count == 1 else {
            throw problem(
                "has more than one `@` before the host", column: ats[1] + 1,
                fix: "write %40 for an `@` in a password")
        }
        let userInformation = authority[..<at]
        let name = userInformation.prefix { $0 != UInt8(ascii: ":") }
        uri.user = try decoded(name, "user name")
        if name.count < userInformation.count {
            uri.password = Secret(try decoded(userInformation.dropFirst(name.count + 1), "password"))
        }
        return authority[(at + 1)...]
    }

    private func readHost(_ part: ArraySlice<UInt8>, into uri: inout BrokerURI) throws(Problem) {
        var port = ArraySlice<UInt8>()
        if part.first == UInt8(ascii: "[") {
            guard let close = part.firstIndex(of: UInt8(ascii: "]")) else {
                throw problem("has an IPv6 address without `]`", column: part.startIndex + 1)
            }
            let address = try decoded(part[(part.startIndex + 1)..<close], "IPv6 address")
            guard isIPv6Address(address) else {
                throw problem("has no IPv6 address between `[` and `]`", column: part.startIndex + 1)
            }
            uri.host = address.lowercased()
            let after = part[(close + 1)...]
            guard after.isEmpty || after.first == UInt8(ascii: ":") else {
                throw problem("has text between `]` and the port", column: close + 2)
            }
            port = after.dropFirst()
        } else {
            let name = part.prefix { $0 != UInt8(ascii: ":") }
            port = part.dropFirst(name.count).dropFirst()
            if port.contains(UInt8(ascii: ":")) {
                throw problem(
                    "has more than one `:` after the user", column: part.startIndex + 1,
                    fix: "put an IPv6 address into brackets: [::1]")
            }
            let host = try decoded(name, "host").lowercased()
            let isName = host.utf8.allSatisfy {
                isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
                    || $0 == UInt8(ascii: "_")
            }
            guard isName, host.utf8.count <= 253 else {
                throw problem("has a host that is not a name", column: part.startIndex + 1)
            }
            if !host.isEmpty { uri.host = host }
        }
        guard !port.isEmpty else { return }
        guard let number = UInt16(String(decoding: port, as: UTF8.self)), number > 0,
            port.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else {
            throw problem(
                "has a port that is not a number from 1 to 65535", column: port.startIndex + 1,
                fix: "in a password write %2f for `/` and %3a for `:`")
        }
        uri.port = number
    }

    private func virtualHost(_ path: ArraySlice<UInt8>) throws(Problem) -> String {
        guard !path.isEmpty else { return "/" }
        let segment = path.dropFirst()
        if let slash = segment.firstIndex(of: UInt8(ascii: "/")) {
            throw problem(
                "has a `/` in the virtual host", column: slash + 1,
                fix: "write %2f: the virtual host `/` is written /%2f")
        }
        return try decoded(segment, "virtual host")
    }

    private func readQuery(_ query: ArraySlice<UInt8>, into uri: inout BrokerURI) throws(Problem) {
        var seen: Set<String> = []
        for part in query.split(separator: UInt8(ascii: "&")) {
            let rawName = part.prefix { $0 != UInt8(ascii: "=") }
            let name = try decoded(rawName, "query parameter")
            let value = try decoded(part.dropFirst(rawName.count).dropFirst(), "query parameter")
            guard seen.insert(name).inserted || name == "auth_mechanism" else {
                throw problem("gives a query parameter twice", column: part.startIndex + 1)
            }
            try apply(name, value, column: part.startIndex + 1, to: &uri)
        }
        if (uri.tls.certificateFile == nil) != (uri.tls.keyFile == nil) {
            throw Problem(
                "the broker's URI gives only one of certfile and keyfile", fix: "give both, or neither")
        }
        if uri.mechanism == .external, uri.tls.certificateFile == nil {
            throw Problem(
                "the broker's URI asks for auth_mechanism=external without a client certificate",
                fix: "add certfile and keyfile")
        }
    }

    private func apply(
        _ name: String, _ value: String, column: Int, to uri: inout BrokerURI
    ) throws(Problem) {
        if ["cacertfile", "certfile", "keyfile", "verify", "server_name_indication"].contains(name),
            uri.scheme == .amqp
        {
            throw problem("gives \(name) without TLS", column: column, fix: "write amqps://")
        }
        switch name {
        case "heartbeat":
            guard let seconds = Int(value), (1...BrokerURI.heartbeatSecondsMax).contains(seconds) else {
                throw problem(
                    "needs heartbeat from 1 to \(BrokerURI.heartbeatSecondsMax) seconds", column: column,
                    fix: "5 to 20 is best; without heartbeats a dead link would look alive")
            }
            uri.heartbeatSeconds = seconds
        case "connection_timeout":
            guard let milliseconds = Int64(value), (100...600_000).contains(milliseconds) else {
                throw problem("needs connection_timeout from 100 to 600000 milliseconds", column: column)
            }
            uri.connectTimeout = TimeSpan(milliseconds: milliseconds)
        case "cacertfile": uri.tls.authorityFile = value
        case "certfile": uri.tls.certificateFile = value
        case "keyfile": uri.tls.keyFile = value
        case "verify":
            switch value {
            case "verify_peer": uri.tls.verifiesPeer = true
            case "verify_none": uri.tls.verifiesPeer = false
            default: throw problem("needs verify=verify_peer or verify=verify_none", column: column)
            }
        case "server_name_indication":
            guard !value.isEmpty, value.utf8.count <= 253 else {
                throw problem("needs a name in server_name_indication", column: column)
            }
            uri.tls.serverName = value
        case "auth_mechanism":
            switch value.lowercased() {
            case "plain": break
            case "external": uri.mechanism = .external
            default:
                throw problem("needs auth_mechanism=plain or auth_mechanism=external", column: column)
            }
        default: uri.ignoredParameters.append(name)
        }
    }

    // MARK: characters

    /// Percent-decodes one part; all 256 codes are allowed except NUL, which C strings cannot carry.
    private func decoded(_ part: ArraySlice<UInt8>, _ what: String) throws(Problem) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(part.count)
        var index = part.startIndex
        while index < part.endIndex {
            guard part[index] == UInt8(ascii: "%") else {
                out.append(part[index])
                index += 1
                continue
            }
            guard index + 2 < part.endIndex, let high = hexValue(part[index + 1]),
                let low = hexValue(part[index + 2])
            else {
                throw problem(
                    "has a `%` in the \(what) without two hexadecimal digits", column: index + 1,
                    fix: "write %25 for a `%`")
            }
            guard high | low != 0 else { throw problem("has %00 in the \(what)", column: index + 1) }
            out.append(high << 4 | low)
            index += 3
        }
        guard let text = String(validating: out, as: UTF8.self) else {
            throw problem("has a \(what) that is not UTF-8", column: part.startIndex + 1)
        }
        return text
    }

    private func problem(_ what: String, column: Int, fix: String? = nil) -> Problem {
        Problem("the broker's URI \(what)", at: SourcePlace(column: column), fix: fix)
    }
}

private func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}

private func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: false
    }
}

private func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
