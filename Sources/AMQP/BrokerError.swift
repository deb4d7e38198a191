import CRabbitMQ
import Diagnostics

/// Why a connection could not be made or was lost, in words for the operator and as a kind for the program.
package struct BrokerError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// The host has no address.
        case nameResolution
        /// Nothing listens there, or the network does not lead there.
        case unreachable
        /// An answer did not come in time.
        case timeout
        /// The certificate is not trusted: authority, dates.
        case tlsTrust
        /// The certificate belongs to another host.
        case tlsHost
        /// No TLS could be agreed upon; a port without TLS looks like this.
        case tlsHandshake
        /// A certificate or key file of ours is not usable.
        case tlsSetup
        /// The broker refused user and password.
        case authentication
        /// The virtual host does not exist or is closed to the user.
        case virtualHost
        /// The user may not do this (403).
        case accessRefused
        /// Exchange or queue do not exist (404).
        case notFound
        /// Somebody else holds the queue (405).
        case locked
        /// It exists with other properties, or a property of a message is refused (406).
        case precondition
        /// An operator or the broker's own shutdown closed the connection (320).
        case forced
        /// The broker closed connection or channel for another reason; see `code`.
        case closedByBroker
        /// The connection ended without a word.
        case lost
        /// Nothing was heard for two heartbeats.
        case silent
        /// Bytes that are not AMQP, or frames out of order.
        case protocolViolation
        /// The queue that was consumed is gone again and again.
        case cancelled
        /// The library's call did not come back and was ended.
        case stalled
        /// Confirmations of published messages do not come.
        case unconfirmed
        /// The named stream is a queue of another type.
        case notAStream
        /// This machine has no room for a thread, memory or a descriptor.
        case system
    }

    package var kind: Kind
    /// AMQP's reply code where the broker gave one.
    package var code: UInt16?
    package var problem: Problem

    package init(_ kind: Kind, code: UInt16? = nil, _ what: String, fix: String? = nil) {
        self.kind = kind
        self.code = code
        problem = Problem(what, fix: fix)
    }

    package var description: String { problem.description }

    /// Whether only an operator can mend it, so that trying again soon is useless.
    package var needsOperator: Bool {
        switch kind {
        case .authentication, .virtualHost, .accessRefused, .tlsTrust, .tlsHost, .tlsSetup: true
        default: false
        }
    }
}

extension BrokerError {
    /// From what the broker said when it closed a connection or a channel.
    ///
    /// - Parameter text: the broker's words; they name users, exchanges and queues, never a password.
    static func closed(code: UInt16, text: String, during call: String, at place: String) -> BrokerError {
        let said = "the broker at \(place) says \"\(text)\" (\(code)) to \(call)"
        switch code {
        case 403 where call == loginCall:
            return BrokerError(
                .authentication, code: code, said,
                fix: "check user and password; `guest` may only connect from the broker's own machine")
        case 530 where call == loginCall:
            return BrokerError(
                .virtualHost, code: code, said,
                fix:
                    "check the virtual host and the user's permissions on it; `/` is the one of a URL without a path, also written /%2f, while a URL that ends in `/` names one without a name"
            )
        case 403:
            return BrokerError(
                .accessRefused, code: code, said,
                fix: "`planetop doctor --print-permissions` lists what is needed")
        case 404: return BrokerError(.notFound, code: code, said)
        case 405: return BrokerError(.locked, code: code, said)
        case 406: return BrokerError(.precondition, code: code, said)
        case 320: return BrokerError(.forced, code: code, said)
        default: return BrokerError(.closedByBroker, code: code, said)
        }
    }

    /// From the library's status code.
    static func library(_ status: Int32, during call: String, at place: String) -> BrokerError {
        let words = String(cString: amqp_error_string2(status))
        switch amqp_status_enum(rawValue: status) {
        case AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED:
            return BrokerError(
                .nameResolution, "the broker's host name does not resolve: \(place)",
                fix: "check the name, and this machine's DNS")
        case AMQP_STATUS_TIMEOUT:
            return BrokerError(.timeout, "no answer from the broker at \(place) to \(call)")
        case AMQP_STATUS_HEARTBEAT_TIMEOUT:
            return BrokerError(.silent, "nothing heard from the broker at \(place) for two heartbeats")
        case AMQP_STATUS_SOCKET_ERROR, AMQP_STATUS_TCP_ERROR:
            let hint = call == loginCall ? tlsHint : nil
            let kind = call == connectCall ? Kind.unreachable : .lost
            return BrokerError(kind, "\(call) failed at \(place): \(words)", fix: hint)
        case AMQP_STATUS_CONNECTION_CLOSED, AMQP_STATUS_SOCKET_CLOSED:
            let hint = call == loginCall ? tlsHint : nil
            return BrokerError(
                .lost, "the broker at \(place) closed the connection during \(call)", fix: hint)
        case AMQP_STATUS_SSL_ERROR:
            let reason = newestTLSReason().map { ": \($0)" } ?? ""
            return BrokerError(.lost, "TLS with the broker at \(place) broke during \(call)\(reason)")
        case AMQP_STATUS_BAD_AMQP_DATA, AMQP_STATUS_UNKNOWN_CLASS, AMQP_STATUS_UNKNOWN_METHOD,
            AMQP_STATUS_UNEXPECTED_STATE, AMQP_STATUS_WRONG_METHOD, AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION:
            let hint = call == loginCall ? "is this a RabbitMQ port without TLS?" : nil
            return BrokerError(
                .protocolViolation, "what came from \(place) during \(call) is not AMQP: \(words)", fix: hint)
        case AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD:
            return BrokerError(
                .authentication, "the broker at \(place) does not offer the login mechanism asked for",
                fix: "auth_mechanism=plain needs a password, external a plugin on the broker")
        case AMQP_STATUS_NO_MEMORY:
            return BrokerError(.system, "out of memory during \(call)")
        default:
            return BrokerError(.lost, "\(call) failed at \(place): \(words)")
        }
    }

    /// From the status of a TLS connection attempt and what verification noted on the way.
    static func tls(_ status: Int32, record: planetop_tls_record, name: String, at place: String)
        -> BrokerError?
    {
        if record.verify_error == X509_V_ERR_HOSTNAME_MISMATCH
            || record.verify_error == X509_V_ERR_IP_ADDRESS_MISMATCH
        {
            return BrokerError(
                .tlsHost, "the certificate of the broker at \(place) does not belong to \(name)",
                fix: isIPv4Address(name) || isIPv6Address(name)
                    ? "connect by the name in the certificate, or give it as server_name_indication"
                    : "check the host, or give the certificate's name as server_name_indication")
        }
        if record.verify_error != 0 {
            let reason = String(cString: planetop_tls_verify_text(record.verify_error))
            return BrokerError(
                .tlsTrust, "the certificate of the broker at \(place) is not trusted: \(reason)",
                fix: record.verify_error == X509_V_ERR_CERT_HAS_EXPIRED
                    ? "the broker needs a new certificate" : "give the authority that signed it as cacertfile"
            )
        }
        switch amqp_status_enum(rawValue: status) {
        case AMQP_STATUS_SSL_CONNECTION_FAILED, AMQP_STATUS_SSL_ERROR:
            let reason = newestTLSReason().map { ": \($0)" } ?? ""
            return BrokerError(
                .tlsHandshake, "no TLS with the broker at \(place)\(reason)",
                fix: "is this the port without TLS? TLS listens on 5671 by default")
        case AMQP_STATUS_SSL_PEER_VERIFY_FAILED, AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED:
            return BrokerError(
                .tlsTrust, "the broker at \(place) shows no certificate that could be verified")
        default:
            return nil
        }
    }

    private static func newestTLSReason() -> String? {
        planetop_tls_newest_reason().map { String(cString: $0) }
    }

    private static let tlsHint = "is this the TLS port? then write amqps://"
    static let connectCall = "connecting"
    static let loginCall = "the login"
}
