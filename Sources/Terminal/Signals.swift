import CTerminalSignals
import Glibc

/// The signals that end, stop or resize the program, read from a descriptor in place of handlers.
///
/// Blocked before any thread starts, so every thread inherits the mask and no handler ever runs in the middle of
/// drawing: ncurses' own handlers leave the terminal raw on hang-up and quit.
package final class Signals {
    package enum Signal: Sendable, Equatable {
        /// INT, TERM, HUP, QUIT: leave, with the number for the exit code.
        case end(CInt)
        case stop
        case resume
        case resize
    }

    package let descriptor: CInt

    /// Call first thing in `main`.
    package static func blockAll() { planetop_block_signals() }

    package init() {
        Self.blockAll()
        descriptor = planetop_signal_descriptor()
        precondition(descriptor >= 0, "signalfd is always there on Linux")
    }

    deinit { close(descriptor) }

    /// Everything that arrived since the last call.
    package func drain() -> [Signal] {
        var signals: [Signal] = []
        while true {
            switch planetop_next_signal(descriptor) {
            case 0: return signals
            case SIGTSTP: signals.append(.stop)
            case SIGCONT: signals.append(.resume)
            case SIGWINCH: signals.append(.resize)
            case let number: signals.append(.end(number))
            }
        }
    }
}
