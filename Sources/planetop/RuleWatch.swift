import Diagnostics
import Glibc
import MetricModel
import Monitor

/// Looks after what outlives a moment while a screen is live: the journal of alerts, and rule files that are changed.
final class RuleWatch {
    private let journal: AlertJournal?
    private let paths: [String]
    private var stamps: [String: Int]
    private var nextSave: Timestamp?
    private var nextLook: Timestamp?

    /// What a crash may cost at most of the alerts' times.
    private static let saveInterval = TimeSpan.seconds(30)
    private static let lookInterval = TimeSpan.seconds(5)

    /// - Parameter paths: rule files and folders as they were named; empty for the built-in rules.
    init(journal: AlertJournal?, paths: [String]) {
        self.journal = journal
        self.paths = paths
        stamps = Self.stamps(of: paths)
    }

    /// Does what is due.
    func look(_ monitor: Monitor, clock: Timestamp) {
        if let journal, clock >= nextSave ?? clock {
            if nextSave != nil { journal.save(monitor.observatory) }
            nextSave = clock + Self.saveInterval
        }
        guard !paths.isEmpty, clock >= nextLook ?? clock else { return }
        nextLook = clock + Self.lookInterval
        let now = Self.stamps(of: paths)
        if now == stamps { return }
        stamps = now
        reload(monitor, clock: clock)
    }

    /// Rules that are unchanged keep their state; with a bad file the old rules go on, and the screen says why.
    private func reload(_ monitor: Monitor, clock: Timestamp) {
        do throws(Problem) {
            let groups = try ScreenSetup.rules(paths)
            monitor.observatory.load(groups)
            let count = groups.reduce(0) { $0 + $1.rules.count }
            monitor.observatory.note(Change(time: clock, subject: "rules", text: "reloaded, \(count) rules"))
            monitor.say("rules reloaded")
        } catch {
            let place = error.place.map { " at \($0)" } ?? ""
            monitor.observatory.note(
                Change(
                    time: clock, subject: "rules", text: "not reloaded: \(error.what)\(place)", state: .error)
            )
            monitor.say("rules not reloaded, the old ones go on: \(error.what)\(place)", isProblem: true)
        }
    }

    /// When each file was last changed, in nanoseconds; a file that is gone is missing.
    private static func stamps(of paths: [String]) -> [String: Int] {
        var stamps: [String: Int] = [:]
        for path in paths {
            for file in (try? Files.expand(path, extensions: ["yml", "yaml"])) ?? [] {
                var status = stat()
                if stat(file, &status) == 0 {
                    stamps[file] = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
                }
            }
        }
        return stamps
    }
}
