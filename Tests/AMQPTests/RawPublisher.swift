import CRabbitMQ
import Glibc
import MetricModel

@testable import AMQP

/// Publishes what no well-behaved program would, straight through the library.
///
/// Every call runs on a thread with a large stack: the library encodes nested tables by recursion, too.
final class RawPublisher: @unchecked Sendable {
    struct Failure: Error { var status: Int32 }

    /// Only touched by one thread at a time: `onLargeStack` waits for its thread.
    private let state: amqp_connection_state_t

    init(port: UInt16) throws {
        state = amqp_new_connection()
        let socket = amqp_tcp_socket_new(state)
        let status = amqp_socket_open(socket, "127.0.0.1", Int32(port))
        guard status == 0 else { throw Failure(status: status) }
        var none = amqp_table_t()
        let reply = planetop_login_plain(state, "/", 131_072, 0, &none, "guest", "guest")
        guard reply.reply_type == AMQP_RESPONSE_NORMAL else { throw Failure(status: reply.library_error) }
        guard amqp_channel_open(state, 1) != nil else { throw Failure(status: 0) }
    }

    deinit { amqp_destroy_connection(state) }

    enum Headers: Sendable {
        case none
        case emptyKey
        /// Tables within tables.
        case nested(levels: Int)
    }

    func publish(exchange: String, key: String, headers: Headers = .none, body: [UInt8]) throws {
        let status = onLargeStack { [self] in
            let memory = CallMemory()
            var properties = amqp_basic_properties_t()
            var cells: UnsafeMutablePointer<amqp_table_entry_t>?
            defer { cells?.deallocate() }
            switch headers {
            case .none: break
            case .emptyKey:
                properties.headers = memory.table([FieldValue.Field("", .string("x"))])
                properties._flags |= UInt32(AMQP_BASIC_HEADERS_FLAG)
            case .nested(let levels):
                // Without keys each level takes 6 bytes: length of the key, kind, size of the table.
                let entries = UnsafeMutablePointer<amqp_table_entry_t>.allocate(capacity: levels)
                cells = entries
                for level in 0..<levels {
                    var entry = amqp_table_entry_t()
                    entry.value.kind = UInt8(AMQP_FIELD_KIND_TABLE.rawValue)
                    entry.value.value.table =
                        level + 1 < levels
                        ? amqp_table_t(num_entries: 1, entries: entries + level + 1) : amqp_table_t()
                    entries[level] = entry
                }
                properties.headers = amqp_table_t(num_entries: 1, entries: entries)
                properties._flags |= UInt32(AMQP_BASIC_HEADERS_FLAG)
            }
            return body.withUnsafeBytes { buffer in
                amqp_basic_publish(
                    state, 1, memory.bytes(exchange), memory.bytes(key), 0, 0, &properties,
                    amqp_bytes_t(
                        len: buffer.count, bytes: UnsafeMutableRawPointer(mutating: buffer.baseAddress)))
            }
        }
        guard status == 0 else { throw Failure(status: status) }
    }

    /// Declares a stream queue and binds it.
    func declareStream(_ name: String, exchange: String, key: String) throws {
        let memory = CallMemory()
        let arguments = memory.table([
            FieldValue.Field("x-queue-type", .string("stream")),
            FieldValue.Field("x-stream-max-segment-size-bytes", .integer(1_000_000)),
        ])
        guard amqp_queue_declare(state, 1, memory.bytes(name), 0, 1, 0, 0, arguments) != nil else {
            throw Failure(status: amqp_get_rpc_reply(state).library_error)
        }
        try bind(name, exchange: exchange, key: key)
    }

    func declareQueue(_ name: String) throws {
        let memory = CallMemory()
        guard amqp_queue_declare(state, 1, memory.bytes(name), 0, 0, 0, 0, amqp_table_t()) != nil else {
            throw Failure(status: amqp_get_rpc_reply(state).library_error)
        }
    }

    func declareExchange(_ name: String) throws {
        let memory = CallMemory()
        let answer = amqp_exchange_declare(
            state, 1, memory.bytes(name), memory.bytes("topic"), 0, 1, 0, 0, amqp_table_t())
        guard answer != nil else { throw Failure(status: amqp_get_rpc_reply(state).library_error) }
    }

    func bind(_ queue: String, exchange: String, key: String) throws {
        let memory = CallMemory()
        let answer = amqp_queue_bind(
            state, 1, memory.bytes(queue), memory.bytes(exchange), memory.bytes(key), amqp_table_t())
        guard answer != nil else { throw Failure(status: amqp_get_rpc_reply(state).library_error) }
    }

    func deleteQueue(_ name: String) throws {
        let memory = CallMemory()
        guard amqp_queue_delete(state, 1, memory.bytes(name), 0, 0) != nil else {
            throw Failure(status: amqp_get_rpc_reply(state).library_error)
        }
    }

    private func onLargeStack(_ body: @escaping @Sendable () -> Int32) -> Int32 {
        final class Box: @unchecked Sendable { var status: Int32 = -1 }
        let (box, gate) = (Box(), ThreadGate())
        do {
            try PosixThread.start(name: "raw-publisher", stackBytes: 64 << 20) {
                box.status = body()
                gate.open()
            }
        } catch { return -1 }
        return gate.wait(.seconds(60)) ? box.status : -1
    }
}
