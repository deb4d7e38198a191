import Diagnostics
import DisplayText
import Glibc
import Messaging
import MetricModel
import Monitor
import Panels

/// The recording that a screen begins and ends with `R`, and what the screen says about it.
final class Recorder {
    private var tap: RecordingTap?
    private var isFailing = false
    private var nextLook: Timestamp?

    private static let interval = TimeSpan.seconds(1)

    /// - Throws: when nothing can be recorded there.
    func begin(at path: String) throws(Problem) {
        guard path != "-" else {
            throw Problem(
                "a screen cannot be drawn where a recording is written",
                fix: "name a file, or use `planetop record -`")
        }
        tap = try RecordingTap(path: path)
        isFailing = false
        nextLook = nil
    }

    func take(_ delivery: Delivery) { tap?.take(delivery) }

    /// Begins a recording, or ends the one under way.
    func toggle(_ monitor: Monitor, clock: Timestamp) {
        if let tap {
            self.tap = nil
            tap.finish(clock: clock)
            if let problem = tap.problem {
                monitor.announce(
                    problem, "recording ended, \(Self.words(tap))", subject: "recording", clock: clock)
            } else {
                monitor.announce("recorded: \(Self.words(tap))", subject: "recording", clock: clock)
            }
        } else {
            do throws(Problem) {
                try begin(at: try Self.newFile(clock))
                monitor.announce(
                    "recording into \(tap?.path ?? ""), R ends it", subject: "recording", clock: clock)
            } catch {
                monitor.announce(error, "not recording", subject: "recording", clock: clock)
            }
        }
        show(on: monitor)
    }

    /// Does what is due, and says when recording fails and when it works again.
    func look(_ monitor: Monitor, clock: Timestamp) {
        guard let tap else { return }
        if let nextLook, clock < nextLook, nextLook - clock <= Self.interval { return }
        nextLook = clock + Self.interval
        if let problem = tap.look(clock: clock) {
            isFailing = true
            monitor.announce(problem, "recording fails", subject: "recording", clock: clock)
        } else if isFailing, tap.problem == nil {
            isFailing = false
            monitor.announce(
                "recording goes on, \(tap.lost) messages are missing in it", subject: "recording",
                clock: clock)
        }
        show(on: monitor)
    }

    /// When it has to look by itself; `nil` while nothing is recorded.
    var nextDue: Timestamp? { tap == nil ? nil : nextLook }

    /// Closes the file at the end of the program, which leaves with `code`, or with 1 when the file has no end.
    func finishing(with code: Int32) -> Int32 {
        guard let tap else { return code }
        self.tap = nil
        tap.finish(clock: wallClock())
        guard let problem = tap.problem else { return code }
        report("\(problem)")
        return code == 0 ? 1 : code
    }

    private func show(on monitor: Monitor) {
        monitor.notices.removeAll { $0.text.string.hasPrefix("REC") }
        guard let tap else { return }
        if isFailing {
            monitor.notices.append(.init("REC FAILED", isProblem: true))
        } else {
            monitor.notices.append(.init(SafeText("REC \(Self.size(tap.byteCount))"), short: "REC"))
        }
    }

    // MARK: - Where and how much

    /// Makes an empty file of a new name in the working directory, or else where state is kept.
    private static func newFile(_ clock: Timestamp) throws(Problem) -> String {
        let name = "planetop-\(FileStamp.text(clock))"
        do throws(Problem) { return try Files.create(name, ".ptcap") } catch {
            guard let folder = Settings.stateFolder else { throw error }
            let path = "\(folder)/\(name)"
            try Files.makeFolder(of: path)
            return try Files.create(path, ".ptcap")
        }
    }

    private static func words(_ tap: RecordingTap) -> String {
        let lost = tap.lost > 0 ? ", \(tap.lost) lost" : ""
        return "\(tap.path), \(tap.kept) messages\(lost), \(tap.byteCount) bytes"
    }

    /// `812 B`, `34 kB`, `1.2 MB`
    private static func size(_ bytes: Int) -> String {
        var value = Double(bytes)
        for unit in ["B", "kB", "MB", "GB"] {
            if value < 999.5 || unit == "GB" {
                let tenths = (value * 10).rounded() / 10
                return value < 9.95 && unit != "B" ? "\(tenths) \(unit)" : "\(Int(value.rounded())) \(unit)"
            }
            value /= 1000
        }
        return ""
    }
}
