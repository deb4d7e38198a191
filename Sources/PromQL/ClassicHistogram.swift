/// A classic histogram at one time: cumulative counts of observations up to each bound.
struct ClassicHistogram {
    /// How many observations were not above a bound.
    struct Bucket {
        var upperBound: Double
        var count: Double
    }

    /// How far counts had to be raised that fell from one bucket to the next.
    struct Correction {
        var lowestBound: Double
        var highestBound: Double
        var largestDifference: Double
    }

    /// Ascending by bound, of which none occurs twice.
    private(set) var buckets: [Bucket] = []

    /// - Parameter buckets: ascending by bound; those with the same bound are added up.
    mutating func set(_ sorted: [Bucket]) {
        buckets.removeAll(keepingCapacity: true)
        for bucket in sorted {
            if let last = buckets.last, last.upperBound == bucket.upperBound {
                buckets[buckets.count - 1].count += bucket.count
            } else {
                buckets.append(bucket)
            }
        }
    }

    /// Relative differences below this are taken for rounding errors: 10¹² observations would be needed to see one of them.
    private static let smallDifference = 1e-12

    /// The `quantile` of the observations, taken to be spread evenly within their bucket.
    ///
    /// Source: Prometheus, `promql/quantile.go`, `BucketQuantile`.
    mutating func quantile(_ quantile: Double) -> (value: Double, correction: Correction?) {
        if quantile.isNaN { return (.nan, nil) }
        if quantile < 0 { return (-.infinity, nil) }
        if quantile > 1 { return (.infinity, nil) }
        guard let last = buckets.last, last.upperBound == .infinity else { return (.nan, nil) }
        let correction = makeMonotonic()
        guard buckets.count >= 2 else { return (.nan, nil) }
        let observations = buckets[buckets.count - 1].count
        if observations == 0 { return (.nan, nil) }
        var rank = quantile * observations
        var index = 0
        while index < buckets.count - 1 && !(buckets[index].count >= rank) { index += 1 }
        if index == buckets.count - 1 { return (buckets[buckets.count - 2].upperBound, correction) }
        let end = buckets[index].upperBound
        if index == 0 && end <= 0 { return (end, correction) }
        var start = 0.0
        var count = buckets[index].count
        if index > 0 {
            start = buckets[index - 1].upperBound
            count -= buckets[index - 1].count
            rank -= buckets[index - 1].count
        }
        return (start + (end - start) * (rank / count), correction)
    }

    /// Evens out rounding errors and raises what still falls.
    private mutating func makeMonotonic() -> Correction? {
        var correction: Correction?
        var previous = buckets[0].count
        for index in 1..<buckets.count {
            let count = buckets[index].count
            if count == previous { continue }
            if Self.isAlmostEqual(previous, count) {
                buckets[index].count = previous
            } else if count < previous {
                let bound = buckets[index].upperBound
                correction = Correction(
                    lowestBound: correction?.lowestBound ?? bound, highestBound: bound,
                    largestDifference: max(correction?.largestDifference ?? 0, previous - count))
                buckets[index].count = previous
            } else {
                previous = count
            }
        }
        return correction
    }

    private static func isAlmostEqual(_ a: Double, _ b: Double) -> Bool {
        if a.isNaN && b.isNaN { return true }
        let sum = a.magnitude + b.magnitude
        let difference = (a - b).magnitude
        if a == 0 || b == 0 || sum < .leastNormalMagnitude {
            return difference < smallDifference * .leastNormalMagnitude
        }
        return difference / min(sum, .greatestFiniteMagnitude) < smallDifference
    }

    /// The part of the observations between `lower` and `upper`. Buckets without a finite bound on one side count as
    /// holding nothing within them.
    ///
    /// Source: Prometheus, `promql/quantile.go`, `BucketFraction`.
    func fraction(from lower: Double, to upper: Double) -> Double {
        guard let last = buckets.last, last.upperBound == .infinity else { return .nan }
        if last.count == 0 || lower.isNaN || upper.isNaN { return .nan }
        if lower >= upper { return 0 }
        let lowerRank = min(rank(of: lower), last.count)
        let upperRank = min(rank(of: upper), last.count)
        return (upperRank - lowerRank) / last.count
    }

    /// How many observations lie below `value`.
    private func rank(of value: Double) -> Double {
        var start = buckets[0].upperBound <= 0 ? -Double.infinity : 0
        var before = 0.0
        for bucket in buckets {
            if start >= value { return before }
            if bucket.upperBound > value {
                if start == -.infinity { return bucket.count }
                return before + (bucket.count - before) * (value - start) / (bucket.upperBound - start)
            }
            start = bucket.upperBound
            before = bucket.count
        }
        return .infinity
    }
}
