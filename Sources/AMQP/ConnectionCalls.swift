import CRabbitMQ
import MetricModel

/// The questions that planetop asks a broker.
extension Connection {
    func openChannel(_ channel: UInt16) throws(BrokerError) {
        _ = try ask("opening a channel", channel: channel) { amqp_channel_open(state, channel) }
        releaseMemory(of: channel)
    }

    /// Ends a channel that is still open.
    func closeChannel(_ channel: UInt16) throws(BrokerError) {
        try check(amqp_channel_close(state, channel, 200), during: "closing a channel", channel: channel)
        releaseMemory(of: channel)
    }

    /// Looks whether an exchange exists; needs no permission to declare.
    func lookForExchange(_ name: String, channel: UInt16) throws(BrokerError) {
        try declareExchange(name, isPassive: true, channel: channel)
    }

    /// Makes sure that a durable topic exchange exists.
    func declareTopicExchange(_ name: String, channel: UInt16) throws(BrokerError) {
        try declareExchange(name, isPassive: false, channel: channel)
    }

    private func declareExchange(_ name: String, isPassive: Bool, channel: UInt16) throws(BrokerError) {
        let memory = CallMemory()
        let exchange = memory.bytes(name)
        let type = memory.bytes("topic")
        _ = try ask("looking for the exchange `\(name)`", channel: channel) {
            amqp_exchange_declare(
                state, channel, exchange, type, isPassive ? 1 : 0, 1, 0, 0, amqp_table_t())
        }
        releaseMemory(of: channel)
    }

    /// Looks whether a queue exists.
    func lookForQueue(_ name: String, channel: UInt16) throws(BrokerError) {
        let memory = CallMemory()
        let queue = memory.bytes(name)
        _ = try ask("looking for the queue `\(name)`", channel: channel) {
            amqp_queue_declare(state, channel, queue, 1, 0, 0, 0, amqp_table_t())
        }
        releaseMemory(of: channel)
    }

    /// Declares a queue that the broker names, that only this connection sees and that dies with it.
    ///
    /// - Returns: its name.
    func declareTemporaryQueue(
        _ arguments: [FieldValue.Field], channel: UInt16
    ) throws(BrokerError) -> String {
        let memory = CallMemory()
        let table = memory.table(arguments)
        let answer = try ask("declaring a queue", channel: channel) {
            amqp_queue_declare(state, channel, amqp_bytes_t(), 0, 0, 1, 1, table)
        }
        let name = answer?.pointee.queue.text ?? ""
        releaseMemory(of: channel)
        return name
    }

    func bind(queue: String, to exchange: String, key: String, channel: UInt16) throws(BrokerError) {
        let memory = CallMemory()
        let (queue, exchange, bytes) = (memory.bytes(queue), memory.bytes(exchange), memory.bytes(key))
        _ = try ask("binding the key `\(key)`", channel: channel) {
            amqp_queue_bind(state, channel, queue, exchange, bytes, amqp_table_t())
        }
        releaseMemory(of: channel)
    }

    func unbind(queue: String, from exchange: String, key: String, channel: UInt16) throws(BrokerError) {
        let memory = CallMemory()
        let (queue, exchange, bytes) = (memory.bytes(queue), memory.bytes(exchange), memory.bytes(key))
        _ = try ask("unbinding the key `\(key)`", channel: channel) {
            amqp_queue_unbind(state, channel, queue, exchange, bytes, amqp_table_t())
        }
        releaseMemory(of: channel)
    }

    /// At most `count` messages are under way unacknowledged.
    func limitPrefetch(_ count: UInt16, channel: UInt16) throws(BrokerError) {
        _ = try ask("setting the prefetch", channel: channel) { amqp_basic_qos(state, channel, 0, count, 0) }
        releaseMemory(of: channel)
    }

    /// Starts deliveries, to be acknowledged by hand.
    func consume(
        queue: String, tag: String, arguments: [FieldValue.Field], channel: UInt16
    ) throws(BrokerError) {
        let memory = CallMemory()
        let (queueBytes, tagBytes) = (memory.bytes(queue), memory.bytes(tag))
        let table = memory.table(arguments)
        _ = try ask("consuming the queue `\(queue)`", channel: channel) {
            amqp_basic_consume(state, channel, queueBytes, tagBytes, 0, 0, 0, table)
        }
        releaseMemory(of: channel)
    }

    /// Tells the broker that all deliveries up to `tag` are safe to forget.
    func acknowledge(upTo tag: UInt64, channel: UInt16) throws(BrokerError) {
        try send("an acknowledgement") { amqp_basic_ack(state, channel, tag, 1) }
    }

    /// From now on the broker confirms every message published on `channel`.
    func selectConfirms(channel: UInt16) throws(BrokerError) {
        _ = try ask("asking for confirms", channel: channel) { amqp_confirm_select(state, channel) }
        releaseMemory(of: channel)
    }
}
