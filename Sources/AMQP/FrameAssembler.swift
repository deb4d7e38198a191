import CRabbitMQ
import Messaging
import MetricModel

/// Puts the frames of one channel together to messages: a method, a header, and as much body as the header says.
///
/// Every byte is copied out of the library's memory at once. A body larger than `bodyBytesMax` is counted off and
/// forgotten frame by frame, so no announced size makes this allocate more than `bodyBytesMax`.
struct FrameAssembler {
    enum Step {
        /// More frames belong to it.
        case incomplete
        /// Whole: `removeDelivery` gives it.
        case delivery(number: UInt64)
        case refused(RefusedDelivery, number: UInt64)
        case returned(ReturnedMessage)
        /// A method that is not the start of a message; its content is in the frame.
        case method(amqp_method_t)
        /// The peer breaks the order of frames: the connection is worth nothing any more.
        case broken(String)
    }

    private enum Start {
        case delivery(number: UInt64)
        case returned(code: UInt16, text: String)
    }

    private enum Expected {
        case method
        case header
        case body
    }

    let bodyBytesMax: Int
    private var expected = Expected.method
    private var start = Start.delivery(number: 0)
    /// Built in place: moving a finished one around would count its strings up and down many times.
    private var delivery = Self.blank
    private var bytesAnnounced: UInt64 = 0
    private var bytesSeen: UInt64 = 0
    private var texts = TextCache()
    private var properties = PropertiesReader()

    private static var blank: Delivery {
        Delivery(received: Timestamp(milliseconds: 0), routingKey: "", body: [])
    }

    init(bodyBytesMax: Int) { self.bodyBytesMax = bodyBytesMax }

    /// Gives away the message that `take` completed last.
    mutating func removeDelivery() -> Delivery {
        var removed = Self.blank
        swap(&removed, &delivery)
        return removed
    }

    /// Takes one frame of the channel.
    ///
    /// - Parameter now: when the frame arrived; a message bears the time of its last frame.
    mutating func take(
        _ frame: UnsafePointer<amqp_frame_t>, now: @autoclosure () -> Timestamp
    ) -> Step {
        switch Int32(frame.pointee.frame_type) {
        case AMQP_FRAME_METHOD: takeMethod(frame.pointee.payload.method)
        case AMQP_FRAME_HEADER:
            takeHeader(
                frame.pointee.payload.properties.decoded,
                bodySize: frame.pointee.payload.properties.body_size,
                classID: frame.pointee.payload.properties.class_id, now)
        case AMQP_FRAME_BODY: takeBody(frame.pointee.payload.body_fragment.buffer, now)
        default: .incomplete
        }
    }

    // MARK: the three frames

    private mutating func takeMethod(_ method: amqp_method_t) -> Step {
        guard expected == .method else { return .broken("a method frame inside a message") }
        guard let decoded = method.decoded else { return .method(method) }
        switch method.id {
        case Method.basicDeliver:
            let deliver = decoded.assumingMemoryBound(to: amqp_basic_deliver_t.self)
            start = .delivery(number: deliver.pointee.delivery_tag)
            delivery.redelivered = deliver.pointee.redelivered != 0
            delivery.exchange = texts.text(deliver.pointee.exchange.buffer)
            delivery.routingKey = texts.text(deliver.pointee.routing_key.buffer)
            expected = .header
            return .incomplete
        case Method.basicReturn:
            let returned = decoded.assumingMemoryBound(to: amqp_basic_return_t.self)
            start = .returned(code: returned.pointee.reply_code, text: closeText(returned.pointee.reply_text))
            delivery.exchange = texts.text(returned.pointee.exchange.buffer)
            delivery.routingKey = texts.text(returned.pointee.routing_key.buffer)
            expected = .header
            return .incomplete
        default:
            return .method(method)
        }
    }

    private mutating func takeHeader(
        _ decoded: UnsafeMutableRawPointer?, bodySize: UInt64, classID: UInt16, _ now: () -> Timestamp
    ) -> Step {
        guard expected == .header else { return .broken("a header frame without its method") }
        guard let decoded, classID == AMQP_BASIC_CLASS else {
            return .broken("a header frame of another class")
        }
        delivery.properties = properties.read(decoded.assumingMemoryBound(to: amqp_basic_properties_t.self))
        bytesAnnounced = bodySize
        bytesSeen = 0
        delivery.body = []
        guard bytesAnnounced > 0 else { return finish(now) }
        expected = .body
        return .incomplete
    }

    private mutating func takeBody(_ fragment: UnsafeRawBufferPointer, _ now: () -> Timestamp) -> Step {
        guard expected == .body else { return .broken("a body frame without its header") }
        let (seen, overflow) = bytesSeen.addingReportingOverflow(UInt64(fragment.count))
        guard !overflow, seen <= bytesAnnounced else { return .broken("more body than the header announced") }
        if bytesAnnounced <= UInt64(bodyBytesMax) {
            if bytesSeen == 0 {
                if seen == bytesAnnounced {
                    delivery.body = [UInt8](fragment)
                } else {
                    delivery.body.reserveCapacity(Int(bytesAnnounced))
                    delivery.body += fragment
                }
            } else {
                delivery.body += fragment
            }
        }
        bytesSeen = seen
        return seen == bytesAnnounced ? finish(now) : .incomplete
    }

    private mutating func finish(_ now: () -> Timestamp) -> Step {
        expected = .method
        switch start {
        case .returned(let code, let text):
            return .returned(
                ReturnedMessage(
                    code: code, text: text, exchange: delivery.exchange, routingKey: delivery.routingKey,
                    messageID: delivery.properties.messageID))
        case .delivery(let number):
            delivery.received = now()
            guard bytesAnnounced <= UInt64(bodyBytesMax) else {
                return .refused(
                    RefusedDelivery(
                        received: delivery.received, exchange: delivery.exchange,
                        routingKey: delivery.routingKey, messageID: delivery.properties.messageID,
                        appID: delivery.properties.appID, bytes: bytesAnnounced, bytesMax: bodyBytesMax),
                    number: number)
            }
            return .delivery(number: number)
        }
    }
}
