import MetricModel

/// The step of a range query and what the interval macros stand for.
struct StepChoice: Sendable, Hashable {
    /// Prometheus refuses more points a series than this.
    static let pointsMax: Int64 = 11_000
    /// Grafana's default for how often a source is scraped, in milliseconds.
    static let cadenceFloor: Int64 = 15_000

    /// Between two points of the answer.
    var step: TimeSpan
    /// `$__interval`.
    var interval: TimeSpan
    /// `$__rate_interval`.
    var rateInterval: TimeSpan

    /// What a query, its panel and its source say about the step.
    struct Wish: Sendable, Hashable {
        /// Points that the panel can show.
        var points: Int
        /// The query's `interval`, else the panel's: a lower bound.
        var minimum: TimeSpan?
        /// `intervalFactor` of old files.
        var factor: Int = 1
        /// `step` of old files, in seconds: a lower bound too.
        var oldStep: TimeSpan?
        /// How often the source's series get a sample; the largest that the query reads.
        var cadence: TimeSpan
    }

    init(range: TimeSpan, wish: Wish) {
        let length = Swift.max(1, range.milliseconds)
        let points = Int64(Swift.max(1, wish.points))
        // No point in asking much more often than samples come; but a cadence of minutes must not keep the newest
        // sample off the graph for minutes.
        let least = Swift.max(
            wish.minimum?.milliseconds ?? Swift.min(wish.cadence.milliseconds, Self.cadenceFloor),
            wish.oldStep?.milliseconds ?? 0)
        let fitted = Swift.max(Self.rounded(length / points), Swift.max(1, least))
        let scaled = fitted.multipliedReportingOverflow(by: Int64(Swift.max(1, wish.factor)))
        let allowed = (length + Self.pointsMax - 1) / Self.pointsMax
        let chosen = Swift.max(scaled.overflow ? length : scaled.partialValue, Swift.max(1, allowed))
        step = TimeSpan(milliseconds: chosen)
        // A window of one step that is shorter than the cadence would mostly be empty.
        interval = Swift.max(step, wish.cadence)
        // Four samples, so that one lost sample still leaves two to take a rate of.
        let cadence = Swift.max(wish.cadence, wish.minimum ?? .zero)
        rateInterval = Swift.max(step + cadence, TimeSpan(milliseconds: cadence.milliseconds * 4))
    }

    /// The nearest of the lengths that people read without thinking: Grafana's table.
    static func rounded(_ milliseconds: Int64) -> Int64 {
        for (below, length) in table where milliseconds < below { return length }
        return 31_536_000_000
    }

    private static let table: [(below: Int64, length: Int64)] = [
        (10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500), (1500, 1000),
        (3500, 2000), (7500, 5000), (12_500, 10_000), (17_500, 15_000), (25_000, 20_000), (45_000, 30_000),
        (90_000, 60_000), (210_000, 120_000), (450_000, 300_000), (750_000, 600_000), (1_050_000, 900_000),
        (1_500_000, 1_200_000), (2_700_000, 1_800_000), (5_400_000, 3_600_000), (9_000_000, 7_200_000),
        (16_200_000, 10_800_000), (32_400_000, 21_600_000), (86_400_000, 43_200_000),
        (604_800_000, 86_400_000), (1_814_400_000, 604_800_000), (3_628_800_000, 2_592_000_000),
    ]
}
