import MetricModel

/// One DAG that runs on its schedule, succeeds mostly, and counts.
struct DagSimulation {
    struct Run {
        var id: String
        var start: Timestamp
        var end: Timestamp
        var succeeds: Bool
    }

    let specification: DagSpecification
    private(set) var running: [Run] = []
    private(set) var succeeded = 0.0
    private(set) var failed = 0.0
    private(set) var consecutiveFailures = 0.0
    private(set) var lastDurationSeconds: Double?
    private(set) var lastSucceeded = true
    private(set) var lastSuccess: Timestamp?
    private(set) var taskSeconds = 0.0
    private(set) var taskCount = 0.0
    private(set) var taskFailures = 0.0
    private var nextRun: Timestamp

    init(_ specification: DagSpecification, start: Timestamp, phaseSeconds: Int64) {
        self.specification = specification
        nextRun = start + .seconds(phaseSeconds)
    }

    /// Runs begun and ended up to `time`, as what changed: a run that failed first, one that succeeded again.
    mutating func advance(
        to time: Timestamp, isFailing: Bool, isSlow: Bool, isStuck: Bool, random: inout RandomSource
    ) -> [StateChange] {
        var changes: [StateChange] = []
        while nextRun <= time {
            // One run at a time, as max_active_runs=1: a stuck run holds the next ones back.
            if running.isEmpty {
                let mean = specification.durationSeconds * (isSlow ? 3.4 : 1)
                let seconds = mean * random.around(0.25)
                running.append(
                    Run(
                        id: "scheduled__\(nextRun.milliseconds / 1000)", start: nextRun,
                        end: nextRun + TimeSpan(seconds: seconds),
                        succeeds: !isFailing && random.unit() > 0.004))
            }
            nextRun = nextRun + .seconds(specification.everySeconds)
        }
        if isStuck { return changes }
        for run in running where run.end <= time {
            lastDurationSeconds = (run.end - run.start).seconds
            taskCount += Double(specification.taskCount)
            taskSeconds += lastDurationSeconds! * 0.9
            if run.succeeds {
                if !lastSucceeded {
                    changes.append(
                        StateChange(
                            time: run.end, from: "failed", to: "success",
                            text: "\(specification.id) succeeded, after \(Int(consecutiveFailures)) failures")
                    )
                }
                succeeded += 1
                consecutiveFailures = 0
                lastSuccess = run.end
            } else {
                if lastSucceeded {
                    changes.append(
                        StateChange(
                            time: run.end, from: "success", to: "failed",
                            text:
                                "\(specification.id) failed, first failure after \(Int(succeeded)) successes")
                    )
                }
                failed += 1
                taskFailures += 1
                consecutiveFailures += 1
            }
            lastSucceeded = run.succeeds
        }
        running.removeAll { $0.end <= time }
        return changes
    }
}
