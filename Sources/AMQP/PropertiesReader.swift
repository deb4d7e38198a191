import CRabbitMQ
import Glibc
import Messaging

/// The header and the argument by which stream queues name a message's place.
let streamOffsetKey = streamOffsetName.description
private let streamOffsetName: StaticString = "x-stream-offset"

/// Copies the properties that matter out of the library's memory; of the header table only `x-stream-offset` is looked at.
///
/// What producers set alike on all their messages is made once and shared by the deliveries.
struct PropertiesReader {
    /// As many kinds of messages are remembered; the oldest gives way.
    private static let countMax = 8

    private var known: [(bytes: [UInt8], properties: Delivery.Properties)] = []
    /// The one that a new kind replaces.
    private var oldest = 0
    /// Scratch: the common properties of the message being read, as bytes.
    private var bytes: [UInt8] = []

    mutating func read(_ source: UnsafePointer<amqp_basic_properties_t>) -> Delivery.Properties {
        let flags = source.pointee._flags
        func has(_ flag: Int32) -> Bool { flags & UInt32(flag) != 0 }
        var out = common(source)
        if has(AMQP_BASIC_MESSAGE_ID_FLAG) { out.messageID = source.pointee.message_id.text }
        if has(AMQP_BASIC_TIMESTAMP_FLAG) { out.timestamp = source.pointee.timestamp }
        if has(AMQP_BASIC_HEADERS_FLAG) { out.streamOffset = streamOffset(source.pointee.headers) }
        return out
    }

    /// The properties that `Delivery.Properties.Common` has, and no others.
    private mutating func common(_ source: UnsafePointer<amqp_basic_properties_t>) -> Delivery.Properties {
        let flags = source.pointee._flags
        func text(_ flag: Int32, _ bytes: amqp_bytes_t) -> UnsafeRawBufferPointer? {
            flags & UInt32(flag) != 0 ? bytes.buffer : nil
        }
        let contentType = text(AMQP_BASIC_CONTENT_TYPE_FLAG, source.pointee.content_type)
        let contentEncoding = text(AMQP_BASIC_CONTENT_ENCODING_FLAG, source.pointee.content_encoding)
        let type = text(AMQP_BASIC_TYPE_FLAG, source.pointee.type)
        let appID = text(AMQP_BASIC_APP_ID_FLAG, source.pointee.app_id)
        let userID = text(AMQP_BASIC_USER_ID_FLAG, source.pointee.user_id)
        let expiration = text(AMQP_BASIC_EXPIRATION_FLAG, source.pointee.expiration)
        let mode = flags & UInt32(AMQP_BASIC_DELIVERY_MODE_FLAG) != 0 ? source.pointee.delivery_mode : nil

        bytes.removeAll(keepingCapacity: true)
        bytes.append(mode == nil ? 0 : 1)
        bytes.append(mode ?? 0)
        append(contentType)
        append(contentEncoding)
        append(type)
        append(appID)
        append(userID)
        append(expiration)
        for index in known.indices where isEqual(known[index].bytes, bytes) { return known[index].properties }

        var common = Delivery.Properties.Common()
        common.contentType = contentType.map { String(decoding: $0, as: UTF8.self) }
        common.contentEncoding = contentEncoding.map { String(decoding: $0, as: UTF8.self) }
        common.type = type.map { String(decoding: $0, as: UTF8.self) }
        common.appID = appID.map { String(decoding: $0, as: UTF8.self) }
        common.userID = userID.map { String(decoding: $0, as: UTF8.self) }
        common.expiration = expiration.map { String(decoding: $0, as: UTF8.self) }
        common.deliveryMode = mode
        let made = Delivery.Properties(common)
        if known.count < Self.countMax {
            known.append((bytes, made))
        } else {
            known[oldest] = (bytes, made)
            oldest = (oldest + 1) % Self.countMax
        }
        return made
    }

    /// One byte of length, as AMQP's short strings have, and the text; what is not set differs from what is empty.
    private mutating func append(_ text: UnsafeRawBufferPointer?) {
        guard let text else { return bytes.append(0) }
        bytes.append(1)
        bytes.append(UInt8(truncatingIfNeeded: text.count))
        bytes.append(contentsOf: text)
    }

    private func isEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.count == b.count
            && a.withUnsafeBytes { a in
                b.withUnsafeBytes { b in memcmp(a.baseAddress!, b.baseAddress!, a.count) == 0 }
            }
    }

    private func streamOffset(_ headers: amqp_table_t) -> UInt64? {
        guard let entries = headers.entries else { return nil }
        for index in 0..<Int(headers.num_entries) {
            let key = entries[index].key.buffer
            guard key.count == streamOffsetName.utf8CodeUnitCount,
                memcmp(key.baseAddress!, streamOffsetName.utf8Start, key.count) == 0
            else { continue }
            let value = entries[index].value
            switch value.kind {
            case UInt8(AMQP_FIELD_KIND_I64.rawValue): return UInt64(exactly: value.value.i64)
            case UInt8(AMQP_FIELD_KIND_U64.rawValue): return value.value.u64
            case UInt8(AMQP_FIELD_KIND_I32.rawValue): return UInt64(exactly: value.value.i32)
            default: return nil
            }
        }
        return nil
    }
}
