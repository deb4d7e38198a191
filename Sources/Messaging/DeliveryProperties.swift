extension Delivery {
    /// The AMQP properties that matter here.
    ///
    /// Those that a producer sets alike on all its messages are shared: two threads count the references of each
    /// delivery, which then is one and not one for each text.
    package struct Properties: Sendable, Equatable {
        /// What a producer sets alike on all its messages.
        package struct Common: Sendable, Equatable {
            package var contentType: String?
            package var contentEncoding: String?
            /// Selects the decoder, `planetop.metrics.v1` for instance.
            package var type: String?
            package var appID: String?
            package var userID: String?
            package var expiration: String?
            package var deliveryMode: UInt8?

            package init() {}
        }

        private final class Shared: Sendable {
            let common: Common

            init(_ common: Common) { self.common = common }
        }

        /// `nil` while none of them is set.
        private var shared: Shared?
        package var messageID: String?
        /// Seconds since the epoch, as AMQP counts.
        package var timestamp: UInt64?
        /// The offset in the stream queue that the message was read from (header `x-stream-offset`).
        package var streamOffset: UInt64?

        package init() {}

        /// To set several of them at once: each change allocates.
        package init(_ common: Common) { shared = Shared(common) }

        package var common: Common {
            get { shared?.common ?? Common() }
            set { shared = Shared(newValue) }
        }

        package var contentType: String? {
            get { shared?.common.contentType }
            set { common.contentType = newValue }
        }

        package var contentEncoding: String? {
            get { shared?.common.contentEncoding }
            set { common.contentEncoding = newValue }
        }

        /// Selects the decoder, `planetop.metrics.v1` for instance.
        package var type: String? {
            get { shared?.common.type }
            set { common.type = newValue }
        }

        package var appID: String? {
            get { shared?.common.appID }
            set { common.appID = newValue }
        }

        package var userID: String? {
            get { shared?.common.userID }
            set { common.userID = newValue }
        }

        package var expiration: String? {
            get { shared?.common.expiration }
            set { common.expiration = newValue }
        }

        package var deliveryMode: UInt8? {
            get { shared?.common.deliveryMode }
            set { common.deliveryMode = newValue }
        }

        package static func == (a: Self, b: Self) -> Bool {
            a.messageID == b.messageID && a.timestamp == b.timestamp && a.streamOffset == b.streamOffset
                && (a.shared === b.shared || a.common == b.common)
        }
    }
}
