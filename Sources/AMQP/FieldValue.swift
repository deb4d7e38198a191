import CRabbitMQ

/// A value in an AMQP table, of the kinds that brokers are asked with.
package enum FieldValue: Sendable, Equatable {
    case boolean(Bool)
    case integer(Int64)
    case string(String)
    /// Seconds since the epoch.
    case timestamp(UInt64)
    case table([Field])

    package struct Field: Sendable, Equatable {
        package var key: String
        package var value: FieldValue

        package init(_ key: String, _ value: FieldValue) {
            self.key = key
            self.value = value
        }
    }
}

/// Memory for the C structures of one call.
///
/// Everything that it hands out dies with it.
struct CallMemory: ~Copyable {
    private let pool: UnsafeMutablePointer<amqp_pool_t>

    init() {
        pool = .allocate(capacity: 1)
        init_amqp_pool(pool, 4096)
    }

    deinit {
        empty_amqp_pool(pool)
        pool.deallocate()
    }

    borrowing func bytes(_ text: String) -> amqp_bytes_t {
        var text = text
        return text.withUTF8 { bytes(UnsafeRawBufferPointer($0)) }
    }

    borrowing func bytes(_ source: UnsafeRawBufferPointer) -> amqp_bytes_t {
        guard source.count > 0 else { return amqp_bytes_t() }
        guard let copy = amqp_pool_alloc(pool, source.count) else { fatalError("out of memory") }
        copy.copyMemory(from: source.baseAddress!, byteCount: source.count)
        return amqp_bytes_t(len: source.count, bytes: copy)
    }

    borrowing func table(_ fields: [FieldValue.Field]) -> amqp_table_t {
        guard !fields.isEmpty else { return amqp_table_t() }
        let size = fields.count * MemoryLayout<amqp_table_entry_t>.stride
        guard let memory = amqp_pool_alloc(pool, size) else { fatalError("out of memory") }
        let entries = memory.bindMemory(to: amqp_table_entry_t.self, capacity: fields.count)
        for (index, field) in fields.enumerated() {
            entries[index] = amqp_table_entry_t(key: bytes(field.key), value: value(field.value))
        }
        return amqp_table_t(num_entries: Int32(fields.count), entries: entries)
    }

    private borrowing func value(_ value: FieldValue) -> amqp_field_value_t {
        var out = amqp_field_value_t()
        switch value {
        case .boolean(let flag):
            out.kind = UInt8(AMQP_FIELD_KIND_BOOLEAN.rawValue)
            out.value.boolean = flag ? 1 : 0
        case .integer(let number):
            out.kind = UInt8(AMQP_FIELD_KIND_I64.rawValue)
            out.value.i64 = number
        case .string(let text):
            out.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
            out.value.bytes = bytes(text)
        case .timestamp(let seconds):
            out.kind = UInt8(AMQP_FIELD_KIND_TIMESTAMP.rawValue)
            out.value.u64 = seconds
        case .table(let fields):
            out.kind = UInt8(AMQP_FIELD_KIND_TABLE.rawValue)
            out.value.table = table(fields)
        }
        return out
    }
}
