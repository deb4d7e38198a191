import Diagnostics
import Glibc
import MetricModel
import Monitor
import Panels
import Rules
import Terminal

/// Keeps the state of alerts over a restart: firing goes on firing, pending keeps its time, whatever the `for`.
///
/// Written after every change of an alert's state, and every so often while there are alerts: `kill -9` costs next to
/// nothing. Of several screens before one broker the first writes; the next one takes over when it ends.
final class AlertJournal {
    private let file: BackgroundFile?
    private let lock: FileLock?
    private var saved: (transitions: UInt64, time: Timestamp)?
    private var isFailing = false
    /// When the lock is asked for again, while another screen has it.
    private var nextAttempt: Timestamp?

    /// What a crash may cost at most of the time that alerts have been pending.
    private static let interval = TimeSpan.seconds(30)
    /// How long the end of the program waits for a disk that does not answer.
    private static let patience = TimeSpan.seconds(3)
    /// How often a screen that does not write looks whether the one that does has ended.
    private static let attemptInterval = TimeSpan.seconds(5)
    /// Stands in the top line while another screen writes.
    private static let notice = TopLineModel.Notice("SECOND SCREEN", short: "2ND")

    /// - Parameters:
    ///   - endpoint: what is watched; each broker has a journal of its own.
    ///   - wakeUp: tells the loop when a write ended.
    init(endpoint: String, wakeUp: WakeUp? = nil) {
        var name = ""
        for scalar in endpoint.unicodeScalars {
            let isPlain =
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            name.unicodeScalars.append(isPlain || scalar == "-" || scalar == "." ? scalar : "_")
        }
        let path = Settings.stateFolder.map { "\($0)/alerts-\(name.suffix(120)).journal" }
        file = path.map { BackgroundFile(path: $0, wakeUp: wakeUp) }
        lock = path.map { FileLock(path: "\($0).lock") }
    }

    /// Takes over what an earlier run left behind.
    ///
    /// - Returns: how many alerts go on.
    /// - Throws: when there is a journal that cannot be read; nothing but the state of before is lost.
    @discardableResult
    func restore(_ observatory: Observatory) throws(Problem) -> Int {
        guard let path = file?.path else { return 0 }
        Files.removeUnfinished(path)
        guard access(path, F_OK) == 0 else { return 0 }
        let text = String(decoding: try Files.read(path), as: UTF8.self)
        return observatory.restore(try RuleStateSnapshot(parsing: text, file: path))
    }

    /// The same for a screen, which says what came of it.
    func restore(_ monitor: Monitor, clock: Timestamp) {
        if file == nil {
            let problem = Problem("neither XDG_STATE_HOME nor HOME is set")
            monitor.announce(
                problem, "the state of alerts will not outlive a restart", subject: "alerts", clock: clock)
            return
        }
        // First: the screen before must not write between this one's reading and its own writing.
        lock?.attempt()
        if case .elsewhere(let process) = lock?.state { standBack(for: process, monitor, clock) }
        do throws(Problem) {
            let count = try restore(monitor.observatory)
            if count > 0 {
                monitor.observatory.note(
                    Change(
                        time: clock, subject: "alerts", text: "\(count) alerts go on from before the restart")
                )
            }
        } catch {
            monitor.announce(error, "the state of alerts begins anew", subject: "alerts", clock: clock)
        }
    }

    /// Saves when that is due, and says when saving fails and when it works again.
    func look(_ monitor: Monitor, clock: Timestamp) {
        guard let file, mayWrite(monitor, clock) else { return }
        if let outcome = file.takeOutcome() { note(outcome, monitor, clock) }
        let observatory = monitor.observatory
        let transitions = observatory.transitionCount
        // What was restored is in the journal already.
        let last = saved ?? (0, clock)
        saved = last
        let isOld = clock - last.time >= Self.interval || clock < last.time
        guard transitions != last.transitions || isOld && (isFailing || !observatory.alerts.isEmpty) else {
            return
        }
        saved = (transitions, clock)
        save(observatory, file)
    }

    /// Saves for the last time.
    ///
    /// - Throws: when that is not possible.
    func finish(_ observatory: Observatory) throws(Problem) {
        guard let file, let lock else { return }
        lock.attempt()
        if case .elsewhere = lock.state { return }
        save(observatory, file)
        let end = monotonicNanoseconds() + UInt64(Self.patience.milliseconds) * 1_000_000
        while monotonicNanoseconds() < end {
            switch file.takeOutcome() {
            case .success: return
            case .failure(let problem):
                throw Problem("the state of alerts is not kept: \(problem.what)", at: problem.place)
            case nil: usleep(2_000)
            }
        }
        throw Problem(
            "the state of alerts may not be kept: the disk does not answer", at: SourcePlace(file: file.path))
    }

    /// Whether no other screen writes; takes over from one that has ended, and writes at once.
    ///
    /// Where nobody can say it is written: one screen too many is rarer than a file system without locks.
    private func mayWrite(_ monitor: Monitor, _ clock: Timestamp) -> Bool {
        guard let lock, let file else { return false }
        guard lock.state != .held else { return true }
        if let next = nextAttempt, clock < next, next - clock <= Self.attemptInterval {
            return lock.state == .unknown
        }
        nextAttempt = clock + Self.attemptInterval
        let wasElsewhere = lock.state != .unknown
        lock.attempt()
        if case .elsewhere(let process) = lock.state {
            if !wasElsewhere { standBack(for: process, monitor, clock) }
            return false
        }
        if wasElsewhere {
            monitor.notices.removeAll { $0 == Self.notice }
            monitor.announce(
                "the other planetop has ended: this one keeps the state of alerts now", subject: "alerts",
                clock: clock)
            saved = (monitor.observatory.transitionCount, clock)
            save(monitor.observatory, file)
        }
        return true
    }

    private func standBack(for process: Int?, _ monitor: Monitor, _ clock: Timestamp) {
        monitor.notices.append(Self.notice)
        monitor.announce(
            "another planetop\(process.map { " (process \($0))" } ?? "") keeps the state of alerts; "
                + "this one takes over when it ends",
            subject: "alerts", clock: clock)
    }

    private func save(_ observatory: Observatory, _ file: BackgroundFile) {
        let snapshot = observatory.rules.snapshot()
        file.replace { snapshot.text }
    }

    private func note(_ outcome: Result<Void, Problem>, _ monitor: Monitor, _ clock: Timestamp) {
        switch outcome {
        case .success:
            if isFailing {
                monitor.announce("the state of alerts is kept again", subject: "alerts", clock: clock)
            }
            isFailing = false
        case .failure(let problem):
            // Once, not every time it is tried again.
            if !isFailing {
                monitor.announce(problem, "the state of alerts is not kept", subject: "alerts", clock: clock)
            }
            isFailing = true
        }
    }
}
