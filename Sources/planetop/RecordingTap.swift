import Messaging

/// Writes deliveries into a capture as they arrive, before anything looks into them.
final class RecordingTap {
    func take(_ delivery: Delivery) {}
    func finish() {}
}
