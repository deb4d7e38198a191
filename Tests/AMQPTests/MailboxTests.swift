import Messaging
import MetricModel
import Testing

@testable import AMQP

private func delivery(_ number: Int, bytes: Int = 1) -> Delivery {
    Delivery(
        received: Timestamp(milliseconds: Int64(number)), routingKey: "k",
        body: [UInt8](repeating: 0, count: bytes))
}

extension Mailbox {
    fileprivate func offer(_ number: Int, bytes: Int = 1) -> Bool {
        offer(
            delivery(number, bytes: bytes), tag: DeliveryTag(connection: 1, number: UInt64(number)))
    }

    fileprivate func takeNumbers() -> [UInt64] {
        var letters: [Letter] = []
        exchange(&letters)
        return letters.map(\.tag.number)
    }
}

@Test func mailboxKeepsOrderAndItsBound() {
    let mailbox = Mailbox(countMax: 3, bytesMax: 100)
    for number in 1...3 { #expect(mailbox.offer(number)) }
    #expect(!mailbox.offer(4))
    #expect(mailbox.takeNumbers() == [1, 2, 3])
    // What was taken counts until it was worked off.
    #expect(!mailbox.offer(4))
    mailbox.release(count: 2, bytes: 2)
    #expect(mailbox.offer(4) && mailbox.offer(5) && !mailbox.offer(6))
    #expect(mailbox.takeNumbers() == [4, 5])
    mailbox.release(count: 3, bytes: 3)
    #expect(mailbox.takeNumbers() == [])
}

@Test func mailboxIsBoundedInBytes() {
    let mailbox = Mailbox(countMax: 100, bytesMax: 10)
    #expect(mailbox.offer(1, bytes: 4) && mailbox.offer(2, bytes: 4))
    #expect(!mailbox.offer(3, bytes: 3) && mailbox.offer(3, bytes: 2))
    #expect(mailbox.takeNumbers() == [1, 2, 3])
    mailbox.release(count: 3, bytes: 10)
    // One that is larger than the limit is taken alone.
    #expect(mailbox.offer(4, bytes: 50) && !mailbox.offer(5, bytes: 1))
    #expect(mailbox.takeNumbers() == [4])
    mailbox.release(count: 1, bytes: 50)
    #expect(mailbox.offer(5, bytes: 10))
}

@Test func mailboxHandsOverBetweenThreads() async {
    let mailbox = Mailbox(countMax: 1_000_000, bytesMax: .max)
    await withTaskGroup(of: Void.self) { group in
        for writer in 0..<4 {
            group.addTask { for number in 0..<5_000 { _ = mailbox.offer(writer * 5_000 + number) } }
        }
    }
    #expect(Set(mailbox.takeNumbers()).count == 20_000)
}
