import ArgumentParser
import Diagnostics

/// Whether a command that answers ends with what the alerts say, as `planetop status` does.
struct ExitStateOption: ParsableArguments {
    @Flag(
        help:
            "End with what the alerts say, as `planetop status` does: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (no data, or a failure)."
    )
    var exitState = false

    /// Runs `body`, as `orFail` does, and ends with the state where that is asked for.
    ///
    /// - Parameter body: answers, and gives a state when it is asked for one.
    func orFail(_ body: (_ isAsked: Bool) throws(Problem) -> ServiceStatus?) throws {
        guard exitState else {
            _ = try planetop.orFail { () throws(Problem) in try body(false) }
            return
        }
        var verdict = ServiceStatus.Verdict.unknown
        do throws(Problem) {
            if let status = try body(true) {
                verdict = status.verdict
                if let ignorance = status.ignorance { report(ignorance) }
            }
        } catch {
            report("\(error)")
        }
        // Whoever could not read the answer knows nothing either.
        if OutputState.hasFailed.load(ordering: .relaxed) { verdict = .unknown }
        if verdict != .ok { throw ExitCode(verdict.rawValue) }
    }
}
