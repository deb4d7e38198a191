import MetricModel
import Testing

struct SecondsCase {
    var seconds: Double
    var milliseconds: Int64
}

@Test(
    "seconds become the nearest millisecond, and saturate",
    arguments: [
        SecondsCase(seconds: 0, milliseconds: 0),
        SecondsCase(seconds: 1.0004, milliseconds: 1000),
        SecondsCase(seconds: 1.0006, milliseconds: 1001),
        SecondsCase(seconds: -1.5, milliseconds: -1500),
        SecondsCase(seconds: 1_700_000_000.123, milliseconds: 1_700_000_000_123),
        SecondsCase(seconds: 1e300, milliseconds: .max),
        SecondsCase(seconds: -1e300, milliseconds: .min),
        SecondsCase(seconds: .infinity, milliseconds: .max),
        SecondsCase(seconds: -.infinity, milliseconds: .min),
        SecondsCase(seconds: .nan, milliseconds: 0),
    ])
func secondsToMilliseconds(_ example: SecondsCase) {
    #expect(Timestamp(seconds: example.seconds).milliseconds == example.milliseconds)
    #expect(TimeSpan(seconds: example.seconds).milliseconds == example.milliseconds)
}

@Test("milliseconds as seconds")
func millisecondsToSeconds() {
    #expect(Timestamp(milliseconds: 1_700_000_000_123).seconds == 1_700_000_000.123)
    #expect(TimeSpan(milliseconds: -250).seconds == -0.25)
}

@Test("arithmetic saturates instead of trapping")
func timeArithmetic() {
    let time = Timestamp(milliseconds: 1000)
    #expect(time + .seconds(2) == Timestamp(milliseconds: 3000))
    #expect(time - .seconds(2) == Timestamp(milliseconds: -1000))
    #expect(Timestamp(milliseconds: 5000) - time == .seconds(4))
    #expect(time - Timestamp(milliseconds: 5000) == -TimeSpan.seconds(4))
    #expect(Timestamp.distantFuture + .seconds(1) == .distantFuture)
    #expect(Timestamp.distantPast - .seconds(1) == .distantPast)
    #expect(Timestamp.distantFuture - Timestamp.distantPast == TimeSpan(milliseconds: .max))
    #expect(Timestamp.distantPast - Timestamp.distantFuture == TimeSpan(milliseconds: .min))
    #expect(-TimeSpan(milliseconds: .min) == TimeSpan(milliseconds: .max))
    #expect(.minutes(90) + .hours(1) == TimeSpan.seconds(9000))
    #expect(Timestamp(milliseconds: 1) < Timestamp(milliseconds: 2))
    #expect(TimeSpan.seconds(59) < .minutes(1))
}

struct NotationCase {
    var milliseconds: Int64
    var text: String
}

@Test(
    "a time span in the notation of Prometheus",
    arguments: [
        NotationCase(milliseconds: 0, text: "0s"),
        NotationCase(milliseconds: 1, text: "1ms"),
        NotationCase(milliseconds: 999, text: "999ms"),
        NotationCase(milliseconds: 1000, text: "1s"),
        NotationCase(milliseconds: 15_000, text: "15s"),
        NotationCase(milliseconds: 15_250, text: "15s250ms"),
        NotationCase(milliseconds: 60_000, text: "1m"),
        NotationCase(milliseconds: 90_000, text: "1m30s"),
        NotationCase(milliseconds: 3_600_000, text: "1h"),
        NotationCase(milliseconds: 5_400_000, text: "1h30m"),
        NotationCase(milliseconds: 86_400_000, text: "1d"),
        NotationCase(milliseconds: 90_000_000, text: "1d1h"),
        NotationCase(milliseconds: 604_800_000, text: "1w"),
        // Weeks and years only when they are all there is: eight days are no week and a day.
        NotationCase(milliseconds: 691_200_000, text: "8d"),
        NotationCase(milliseconds: 1_209_600_000, text: "2w"),
        NotationCase(milliseconds: 31_536_000_000, text: "1y"),
        NotationCase(milliseconds: 31_622_400_000, text: "366d"),
        NotationCase(milliseconds: -90_000, text: "-1m30s"),
    ])
func timeSpanNotation(_ example: NotationCase) {
    #expect(TimeSpan(milliseconds: example.milliseconds).description == example.text)
}

@Test("a stale marker is told from other NaN by its bits alone")
func staleMarker() {
    #expect(StaleMarker.isStale(StaleMarker.value))
    #expect(StaleMarker.value.bitPattern == 0x7ff0_0000_0000_0002)
    #expect(!StaleMarker.isStale(.nan))
    #expect(!StaleMarker.isStale(.signalingNaN))
    #expect(!StaleMarker.isStale(0))
}

@Test("a sample buffer keeps its columns together")
func sampleBuffer() {
    var buffer = SampleBuffer()
    #expect(buffer.isEmpty)
    buffer.append(1, 0.5)
    buffer.append(2, .nan)
    #expect(buffer.count == 2 && buffer.timestamps == [1, 2] && buffer.values[0] == 0.5)
    buffer.startTimestamps = [0, 0]
    buffer.removeAll()
    #expect(buffer.isEmpty && buffer.values.isEmpty && buffer.startTimestamps.isEmpty)
}
