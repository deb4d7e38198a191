import CRabbitMQ
import Messaging

extension Connection {
    /// Sends one message: method, header and body.
    func publish(
        _ message: OutboundMessage, exchange: String, isMandatory: Bool, channel: UInt16
    ) throws(BrokerError) {
        let memory = CallMemory()
        var properties = memory.properties(message.properties)
        let (exchangeBytes, key) = (memory.bytes(exchange), memory.bytes(message.routingKey))
        try send("a message") {
            message.body.withUnsafeBytes { body in
                let bytes = amqp_bytes_t(
                    len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress))
                return amqp_basic_publish(
                    state, channel, exchangeBytes, key, isMandatory ? 1 : 0, 0, &properties, bytes)
            }
        }
    }
}

extension CallMemory {
    borrowing func properties(_ source: Delivery.Properties) -> amqp_basic_properties_t {
        var out = amqp_basic_properties_t()
        func set<Value>(
            _ flag: Int32, _ field: WritableKeyPath<amqp_basic_properties_t, Value>, _ value: Value?
        ) {
            guard let value else { return }
            out._flags |= UInt32(flag)
            out[keyPath: field] = value
        }
        set(AMQP_BASIC_CONTENT_TYPE_FLAG, \.content_type, source.contentType.map { bytes($0) })
        set(AMQP_BASIC_CONTENT_ENCODING_FLAG, \.content_encoding, source.contentEncoding.map { bytes($0) })
        set(AMQP_BASIC_TYPE_FLAG, \.type, source.type.map { bytes($0) })
        set(AMQP_BASIC_MESSAGE_ID_FLAG, \.message_id, source.messageID.map { bytes($0) })
        set(AMQP_BASIC_APP_ID_FLAG, \.app_id, source.appID.map { bytes($0) })
        set(AMQP_BASIC_USER_ID_FLAG, \.user_id, source.userID.map { bytes($0) })
        set(AMQP_BASIC_EXPIRATION_FLAG, \.expiration, source.expiration.map { bytes($0) })
        set(AMQP_BASIC_TIMESTAMP_FLAG, \.timestamp, source.timestamp)
        set(AMQP_BASIC_DELIVERY_MODE_FLAG, \.delivery_mode, source.deliveryMode)
        return out
    }
}
