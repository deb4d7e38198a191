import Diagnostics
import Glibc
import MetricModel
import Monitor

/// Reads rule files anew when they change while a screen is live.
final class RuleWatch {
    private let paths: [String]
    private var stamps: [String: Stamp]
    private var nextLook: Timestamp?

    private static let interval = TimeSpan.seconds(5)

    /// What changes when a file does, also when its time does not.
    private struct Stamp: Equatable {
        var nanoseconds: Int
        var size: Int
        var number: UInt
    }

    /// - Parameter paths: rule files and folders as they were named; empty for the built-in rules.
    init(paths: [String]) {
        self.paths = paths
        stamps = Self.stamps(of: paths)
    }

    /// Does what is due.
    func look(_ monitor: Monitor, clock: Timestamp) {
        guard !paths.isEmpty, clock >= nextLook ?? clock else { return }
        nextLook = clock + Self.interval
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
            if let absence = ServiceStatus.absence(of: groups) {
                monitor.announce(Problem(absence), "rules reloaded", subject: "rules", clock: clock)
            } else {
                monitor.announce("rules reloaded, \(count) of them", subject: "rules", clock: clock)
            }
        } catch {
            monitor.announce(error, "rules not reloaded, the old ones go on", subject: "rules", clock: clock)
        }
    }

    /// Of each file; one that is gone is missing.
    private static func stamps(of paths: [String]) -> [String: Stamp] {
        var stamps: [String: Stamp] = [:]
        for path in paths {
            for file in (try? Files.expand(path, extensions: ["yml", "yaml"])) ?? [] {
                var status = stat()
                if stat(file, &status) == 0 {
                    stamps[file] = Stamp(
                        nanoseconds: status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec,
                        size: Int(status.st_size), number: UInt(status.st_ino))
                }
            }
        }
        return stamps
    }
}
