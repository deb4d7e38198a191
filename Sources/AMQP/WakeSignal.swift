import CRabbitMQ
import Glibc

/// Wakes a thread that sleeps in `poll`, from any other thread.
package final class WakeSignal: Sendable {
    /// Readable while a wake-up is waiting. Another loop may poll it beside its own descriptors.
    package let descriptor: Int32

    package init() {
        descriptor = planetop_eventfd()
        // Without a descriptor the sleeper still wakes at its next tick.
        precondition(descriptor >= 0 || errno == EMFILE || errno == ENFILE, "eventfd is part of every Linux")
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    package func raise() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Forgets the wake-ups so far.
    package func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
