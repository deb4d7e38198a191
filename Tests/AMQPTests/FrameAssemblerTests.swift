import CRabbitMQ
import Messaging
import MetricModel
import Testing

@testable import AMQP

/// Frames as they travel, decoded by the library without a connection.
private final class Wire {
    private let state: amqp_connection_state_t = amqp_new_connection()

    init() {
        // The library expects the protocol header first.
        _ = frames(in: Array("AMQP".utf8) + [0, 0, 9, 1]) { _ in }
    }

    deinit { amqp_destroy_connection(state) }

    /// Feeds `bytes` and calls `body` for every frame they complete.
    ///
    /// - Returns: the library's status, below 0 when it refuses the bytes.
    func frames(in bytes: [UInt8], _ body: (UnsafePointer<amqp_frame_t>) -> Void) -> Int32 {
        var bytes = bytes
        return bytes.withUnsafeMutableBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                var frame = amqp_frame_t()
                let rest = amqp_bytes_t(len: buffer.count - offset, bytes: buffer.baseAddress! + offset)
                let used = amqp_handle_input(state, rest, &frame)
                guard used > 0 else { return used }
                offset += Int(used)
                if frame.frame_type != 0 { body(&frame) }
                amqp_maybe_release_buffers(state)
            }
            return 0
        }
    }
}

private func big(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian, Array.init)
}

private func shortString(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }

private func frame(_ type: UInt8, _ payload: [UInt8], channel: UInt16 = 1) -> [UInt8] {
    [type] + big(channel) + big(UInt32(payload.count)) + payload + [0xce]
}

private func deliver(_ tag: UInt64, key: String = "metrics.acme.prod.airflow.dag", redelivered: Bool = false)
    -> [UInt8]
{
    frame(
        1,
        big(Method.basicDeliver) + shortString("planetop") + big(tag) + [redelivered ? 1 : 0]
            + shortString("metrics") + shortString(key))
}

private func header(_ size: UInt64, properties: [UInt8] = [0, 0], classID: UInt16 = 60) -> [UInt8] {
    frame(2, big(classID) + [0, 0] + big(size) + properties)
}

private func body(_ bytes: [UInt8]) -> [UInt8] { frame(3, bytes) }

/// What came out, with the deliveries themselves.
private enum Outcome {
    case delivery(Delivery, number: UInt64)
    case other(FrameAssembler.Step)
}

private func take(_ bytes: [UInt8], bodyBytesMax: Int = 1 << 20) -> [Outcome] {
    let wire = Wire()
    var assembler = FrameAssembler(bodyBytesMax: bodyBytesMax)
    var steps: [Outcome] = []
    _ = wire.frames(in: bytes) { frame in
        let step = assembler.take(frame, now: Timestamp(milliseconds: 42))
        switch step {
        case .incomplete: return
        case .delivery(let number): steps.append(.delivery(assembler.removeDelivery(), number: number))
        default: steps.append(.other(step))
        }
    }
    return steps
}

private func deliveries(_ steps: [Outcome]) -> [Delivery] {
    steps.compactMap { if case .delivery(let delivery, _) = $0 { delivery } else { nil } }
}

private func complaints(_ steps: [Outcome]) -> [String] {
    steps.compactMap { if case .other(.broken(let text)) = $0 { text } else { nil } }
}

@Suite struct FrameAssemblerTests {
    @Test func assemblesAMessageWithAllProperties() throws {
        // Flags of content type, encoding, headers, delivery mode, expiration, message id, timestamp, type, user, app.
        let offsetHeader = shortString("x-stream-offset") + [UInt8(ascii: "l")] + big(Int64(77))
        let other = shortString("zone") + [UInt8(ascii: "S")] + big(UInt32(2)) + Array("eu".utf8)
        let properties =
            big(UInt16(0b1111_0001_1111_1000)) + shortString("application/json") + shortString("gzip")
            + big(UInt32(other.count + offsetHeader.count)) + other + offsetHeader + [2]
            + shortString("600000") + shortString("0190-id") + big(UInt64(1_700_000_000))
            + shortString("planetop.metrics.v1") + shortString("guest")
            + shortString("planetop-collector/1.0.0")
        let steps = take(
            deliver(9, redelivered: true) + header(5, properties: properties) + body([1, 2, 3])
                + body([4, 5]))
        var expected = Delivery.Properties()
        expected.contentType = "application/json"
        expected.contentEncoding = "gzip"
        expected.deliveryMode = 2
        expected.expiration = "600000"
        expected.messageID = "0190-id"
        expected.timestamp = 1_700_000_000
        expected.type = "planetop.metrics.v1"
        expected.userID = "guest"
        expected.appID = "planetop-collector/1.0.0"
        expected.streamOffset = 77
        #expect(
            deliveries(steps) == [
                Delivery(
                    received: Timestamp(milliseconds: 42), exchange: "metrics",
                    routingKey: "metrics.acme.prod.airflow.dag", properties: expected, body: [1, 2, 3, 4, 5],
                    redelivered: true)
            ])
    }

    /// Flags without priority and others that the flags above leave out would shift everything.
    @Test func leavesAbsentPropertiesOut() {
        let steps = take(deliver(1) + header(0))
        #expect(deliveries(steps).map(\.properties) == [Delivery.Properties()])
        #expect(deliveries(steps).map(\.body) == [[]])
    }

    @Test func survivesAnEmptyHeaderKey() {
        let table = [0] + [UInt8(ascii: "t"), 1] as [UInt8]
        let properties = big(UInt16(0b0010_0000_0000_0000)) + big(UInt32(table.count)) + table
        let steps = take(
            deliver(1) + header(1, properties: properties) + body([7]) + deliver(2) + header(1) + body([8]))
        #expect(deliveries(steps).map(\.body) == [[7], [8]])
    }

    @Test(arguments: [0, 1, 2, 3, 7, 1000])
    func readsBytesInAnySlices(_ size: Int) {
        let wire = Wire()
        var assembler = FrameAssembler(bodyBytesMax: 1 << 20)
        var bodies: [[UInt8]] = []
        var bytes: [UInt8] = []
        for tag in 1...20 {
            bytes += deliver(UInt64(tag)) + header(UInt64(tag) * 3)
            for _ in 0..<3 { bytes += body([UInt8](repeating: UInt8(tag), count: tag)) }
        }
        let step = size == 0 ? bytes.count : size
        for start in stride(from: 0, to: bytes.count, by: step) {
            _ = wire.frames(in: Array(bytes[start..<min(bytes.count, start + step)])) { frame in
                if case .delivery = assembler.take(frame, now: Timestamp(milliseconds: 0)) {
                    bodies.append(assembler.removeDelivery().body)
                }
            }
        }
        #expect(bodies == (1...20).map { [UInt8](repeating: UInt8($0), count: $0 * 3) })
    }

    @Test func refusesALargeBodyAndGoesOn() {
        var bytes = deliver(1) + header(250)
        for _ in 0..<5 { bytes += body([UInt8](repeating: 1, count: 50)) }
        bytes += deliver(2) + header(100) + body([UInt8](repeating: 2, count: 100))
        // An announcement alone must not cost memory.
        bytes += deliver(3) + header(UInt64.max) + body([1])
        let steps = take(bytes, bodyBytesMax: 100)
        #expect(steps.count == 2)
        guard case .other(.refused(let refusal, number: 1)) = steps.first else {
            Issue.record("expected a refusal")
            return
        }
        #expect(refusal.bytes == 250 && refusal.bytesMax == 100 && refusal.exchange == "metrics")
        #expect(deliveries(steps).map(\.body.count) == [100])
    }

    struct Disorder: Sendable {
        var bytes: [UInt8]
        var complaint: String
    }

    @Test(arguments: [
        Disorder(bytes: header(1), complaint: "header frame without"),
        Disorder(bytes: body([1]), complaint: "body frame without"),
        Disorder(bytes: deliver(1) + body([1]), complaint: "body frame without"),
        Disorder(bytes: deliver(1) + deliver(2), complaint: "method frame inside"),
        Disorder(bytes: deliver(1) + header(2) + deliver(2), complaint: "method frame inside"),
        Disorder(bytes: deliver(1) + header(2) + header(2), complaint: "header frame without"),
        Disorder(bytes: deliver(1) + header(2) + body([1, 2, 3]), complaint: "more body than"),
        Disorder(bytes: deliver(1) + header(1, classID: 90), complaint: "another class"),
    ])
    func noticesDisorder(_ example: Disorder) {
        let found = complaints(take(example.bytes))
        #expect(found.count == 1 && found[0].contains(example.complaint), "\(found)")
    }

    @Test func passesOtherMethodsOn() {
        let steps = take(
            frame(1, big(Method.basicCancel) + shortString("planetop") + [1]) + deliver(1) + header(0))
        guard case .other(.method(let method)) = steps.first else {
            Issue.record("expected the method")
            return
        }
        #expect(method.id == Method.basicCancel && deliveries(steps).count == 1)
    }

    @Test func assemblesReturnedMessages() {
        let returned = frame(
            1,
            big(Method.basicReturn) + big(UInt16(312)) + shortString("NO_ROUTE") + shortString("metrics")
                + shortString("metrics.a.b"))
        let steps = take(returned + header(3) + body([1, 2, 3]), bodyBytesMax: 0)
        guard case .other(.returned(let message)) = steps.first else {
            Issue.record("expected a returned message")
            return
        }
        #expect(message.code == 312 && message.text == "NO_ROUTE" && message.routingKey == "metrics.a.b")
    }

    @Test func repairsTextThatIsNotUTF8() {
        let key: [UInt8] = [0x6d, 0xff, 0xfe, 0x80] + Array("etrics.acme.prod.x".utf8)
        let bytes = frame(
            1,
            big(Method.basicDeliver) + shortString("t") + big(UInt64(1)) + [0] + shortString("m")
                + [UInt8(key.count)] + key)
        for _ in 0..<2 {
            let found = deliveries(take(bytes + header(0) + bytes + header(0))).map(\.routingKey)
            #expect(
                found.allSatisfy { $0 == "m\u{fffd}\u{fffd}\u{fffd}etrics.acme.prod.x" } && found.count == 2)
        }
    }

    @Test("any order and damage of frames is survived", arguments: [1, 2, 3] as [UInt64])
    func survivesNoise(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                switch Int.random(in: 0...4, using: &generator) {
                case 0: bytes += deliver(.random(in: 0...3, using: &generator))
                case 1: bytes += header(.random(in: 0...12, using: &generator))
                case 2: bytes += body([UInt8](repeating: 9, count: .random(in: 0...12, using: &generator)))
                case 3: bytes += frame(8, [])
                default:
                    bytes += frame(
                        .random(in: 0...9, using: &generator), [0, 60, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0])
                }
            }
            if Bool.random(using: &generator), let index = bytes.indices.randomElement(using: &generator) {
                bytes[index] = .random(in: 0...255, using: &generator)
            }
            _ = take(bytes, bodyBytesMax: 8)
        }
    }
}
