import AMQP
import Diagnostics
import Glibc
import Synchronization
import Terminal

/// A file that is replaced as a whole, by a thread of its own: a slow disk must not hold the screen up.
final class BackgroundFile: Sendable {
    private struct State {
        /// Makes what is to be written next; newer content takes the place of older.
        var waiting: (@Sendable () -> String)?
        var isRunning = false
        /// How the last write ended, until somebody has looked at it.
        var outcome: Result<Void, Problem>?
    }

    let path: String
    private let wakeUp: WakeUp?
    private let state = Mutex(State())

    /// - Parameter wakeUp: signalled when a write ended.
    init(path: String, wakeUp: WakeUp?) {
        self.path = path
        self.wakeUp = wakeUp
    }

    /// Has the file replaced soon; comes back at once.
    ///
    /// - Parameter content: called on the other thread.
    func replace(_ content: @escaping @Sendable () -> String) {
        let mustStart = state.withLock { state in
            state.waiting = content
            state.outcome = nil
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard mustStart else { return }
        do throws(Problem) {
            try PosixThread.start(name: "file-writer", stackBytes: 512 << 10) { self.writeWaiting() }
        } catch {
            state.withLock { $0 = State(outcome: .failure(error)) }
        }
    }

    /// How the last write ended; `nil` while one is under way, and when that was told already.
    func takeOutcome() -> Result<Void, Problem>? {
        state.withLock { state in
            if state.isRunning { return nil }
            defer { state.outcome = nil }
            return state.outcome
        }
    }

    private func writeWaiting() {
        while true {
            let content = state.withLock { state in
                if state.waiting == nil { state.isRunning = false }
                defer { state.waiting = nil }
                return state.waiting
            }
            guard let content else { break }
            let outcome: Result<Void, Problem>
            do throws(Problem) {
                try Files.makeFolder(of: path)
                try Files.write(Array(content().utf8), to: path)
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            state.withLock { $0.outcome = outcome }
        }
        wakeUp?.signal()
    }
}
