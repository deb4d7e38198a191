import MetricModel
import Testing

@testable import Monitor

private func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1000) }

@Suite("The cursor")
struct CursorTests {
    @Test("live it is the clock; paused it stands; returning it is the clock again")
    func live() {
        var cursor = Cursor.live()
        #expect(cursor.time(clock: at(100)) == at(100))
        cursor.togglePause(clock: at(100))
        #expect(cursor.time(clock: at(160)) == at(100))
        cursor.seek(to: at(40), clock: at(160))
        #expect(cursor.time(clock: at(170)) == at(40))
        cursor.returnToLive()
        #expect(cursor.isLive)
    }

    @Test("a replay moves at its speed, stops at its end, and keeps its place over every change")
    func replay() {
        var cursor = Cursor.replay(at: at(1000), speed: 10, clock: at(0))
        #expect(cursor.time(clock: at(3)) == at(1030))
        cursor.changeSpeed(by: 1, clock: at(3))
        #expect(cursor.mode == .replay(isPlaying: true, speed: 30))
        #expect(cursor.time(clock: at(3)) == at(1030))
        #expect(cursor.time(clock: at(4)) == at(1060))
        cursor.togglePause(clock: at(4))
        #expect(cursor.time(clock: at(99)) == at(1060))
        cursor.togglePause(clock: at(99))
        #expect(cursor.time(clock: at(100)) == at(1090))
        #expect(cursor.time(clock: at(1000), end: at(1200)) == at(1200))
        // Past its end a replay stands, and a jump back plays on from there.
        cursor.seek(to: at(1100), clock: at(1000))
        #expect(cursor.time(clock: at(1001), end: at(1200)) == at(1130))
    }

    @Test("speeds end at the slowest and the fastest")
    func speeds() {
        var cursor = Cursor.replay(at: at(0), speed: 1, clock: at(0))
        for _ in 0..<40 { cursor.changeSpeed(by: 1, clock: at(0)) }
        #expect(cursor.mode == .replay(isPlaying: true, speed: Cursor.speeds.last!))
        for _ in 0..<40 { cursor.changeSpeed(by: -1, clock: at(0)) }
        #expect(cursor.mode == .replay(isPlaying: true, speed: Cursor.speeds.first!))
    }

    @Test("live has no speed")
    func liveSpeed() {
        var cursor = Cursor.live()
        cursor.changeSpeed(by: 1, clock: at(0))
        #expect(cursor.isLive)
    }
}
