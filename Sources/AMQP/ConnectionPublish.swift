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
        func set(_ flag: Int32) { out._flags |= UInt32(flag) }
        if let text = source.contentType {
            set(AMQP_BASIC_CONTENT_TYPE_FLAG)
            out.content_type = bytes(text)
        }
        if let text = source.contentEncoding {
            set(AMQP_BASIC_CONTENT_ENCODING_FLAG)
            out.content_encoding = bytes(text)
        }
        if let text = source.type {
            set(AMQP_BASIC_TYPE_FLAG)
            out.type = bytes(text)
        }
        if let text = source.messageID {
            set(AMQP_BASIC_MESSAGE_ID_FLAG)
            out.message_id = bytes(text)
        }
        if let text = source.appID {
            set(AMQP_BASIC_APP_ID_FLAG)
            out.app_id = bytes(text)
        }
        if let text = source.userID {
            set(AMQP_BASIC_USER_ID_FLAG)
            out.user_id = bytes(text)
        }
        if let text = source.expiration {
            set(AMQP_BASIC_EXPIRATION_FLAG)
            out.expiration = bytes(text)
        }
        if let seconds = source.timestamp {
            set(AMQP_BASIC_TIMESTAMP_FLAG)
            out.timestamp = seconds
        }
        if let mode = source.deliveryMode {
            set(AMQP_BASIC_DELIVERY_MODE_FLAG)
            out.delivery_mode = mode
        }
        return out
    }
}
