import MetricModel

/// The one time at which every panel and every alert is shown.
///
/// Live it is now; paused, scrolled back or in a replay it is another time. Nothing else differs between the three.
package struct Cursor: Sendable, Equatable {
    package enum Mode: Sendable, Equatable {
        /// Follows the clock.
        case live
        /// Stands still while data goes on arriving.
        case paused(at: Timestamp)
        /// Moves through a capture at `speed` times the clock, or stands.
        case replay(isPlaying: Bool, speed: Double)
    }

    package private(set) var mode: Mode
    // Where a replay stood when the clock read `anchorClock`.
    private var anchorTime = Timestamp(milliseconds: 0)
    private var anchorClock = Timestamp(milliseconds: 0)

    /// Speeds that `<` and `>` step through.
    package static let speeds: [Double] = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 3600]

    package static func live() -> Cursor { Cursor(mode: .live) }

    package static func replay(at time: Timestamp, speed: Double, clock: Timestamp) -> Cursor {
        var cursor = Cursor(mode: .replay(isPlaying: true, speed: speed))
        cursor.anchorTime = time
        cursor.anchorClock = clock
        return cursor
    }

    private init(mode: Mode) { self.mode = mode }

    package var isLive: Bool { mode == .live }

    package var isReplay: Bool {
        if case .replay = mode { return true }
        return false
    }

    /// The cursor's time when the clock reads `clock`; a replay never passes `end`.
    package func time(clock: Timestamp, end: Timestamp = .distantFuture) -> Timestamp {
        switch mode {
        case .live: return clock
        case .paused(let time): return time
        case .replay(false, _): return min(anchorTime, end)
        case .replay(true, let speed):
            let passed = Double((clock - anchorClock).milliseconds) * speed
            return min(anchorTime + TimeSpan(milliseconds: Int64(passed)), end)
        }
    }

    /// Stops, or goes on from where it stopped.
    package mutating func togglePause(clock: Timestamp, end: Timestamp = .distantFuture) {
        switch mode {
        case .live: mode = .paused(at: clock)
        case .paused: mode = .live
        case .replay(let isPlaying, let speed):
            anchorTime = time(clock: clock, end: end)
            anchorClock = clock
            mode = .replay(isPlaying: !isPlaying, speed: speed)
        }
    }

    /// Goes to `time`; live becomes paused, a replay keeps its pace.
    package mutating func seek(to time: Timestamp, clock: Timestamp) {
        switch mode {
        case .live, .paused: mode = .paused(at: time)
        case .replay:
            anchorTime = time
            anchorClock = clock
        }
    }

    /// Stands still at `time`, whatever the mode was: stepping and jumping do this.
    package mutating func hold(at time: Timestamp, clock: Timestamp) {
        switch mode {
        case .live, .paused: mode = .paused(at: time)
        case .replay(_, let speed):
            anchorTime = time
            anchorClock = clock
            mode = .replay(isPlaying: false, speed: speed)
        }
    }

    /// Back to the newest data.
    package mutating func returnToLive() {
        if !isReplay { mode = .live }
    }

    /// One step faster (`1`) or slower (`-1`); only a replay has a speed.
    package mutating func changeSpeed(by steps: Int, clock: Timestamp, end: Timestamp = .distantFuture) {
        guard case .replay(let isPlaying, let speed) = mode else { return }
        anchorTime = time(clock: clock, end: end)
        anchorClock = clock
        let current = Self.speeds.firstIndex { $0 >= speed } ?? Self.speeds.count - 1
        let wanted = min(max(current + steps, 0), Self.speeds.count - 1)
        mode = .replay(isPlaying: isPlaying, speed: Self.speeds[wanted])
    }
}
