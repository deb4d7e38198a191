/// The least-squares line through the samples of a window.
///
/// Source: Prometheus, `promql/functions.go`, `linearRegression`.
struct LinearRegression {
    /// Units of the values per second.
    var slope: Double
    /// The line's value at the time asked for.
    var intercept: Double

    init(_ samples: SampleView, _ low: Int, _ high: Int, at time: Int64) {
        var (sumX, restX, sumY, restY) = (0.0, 0.0, 0.0, 0.0)
        var (sumXY, restXY, sumXX, restXX) = (0.0, 0.0, 0.0, 0.0)
        let first = samples.values[low]
        var isConstant = true
        for index in low..<high {
            let y = samples.values[index]
            if y != first && index > low { isConstant = false }
            let x = Double(samples.timestamps[index] - time) / 1000
            addCompensated(x, &sumX, &restX)
            addCompensated(y, &sumY, &restY)
            addCompensated(x * y, &sumXY, &restXY)
            addCompensated(x * x, &sumXX, &restXX)
        }
        if isConstant {
            slope = first.isInfinite ? .nan : 0
            intercept = first.isInfinite ? .nan : first
            return
        }
        sumX += restX
        sumY += restY
        sumXY += restXY
        sumXX += restXX
        let count = Double(high - low)
        slope = (sumXY - sumX * sumY / count) / (sumXX - sumX * sumX / count)
        intercept = sumY / count - slope * sumX / count
    }
}

/// `deriv`.
struct Derivative: WindowReducer {
    let samples: SampleView

    func value(_ low: Int, _ high: Int, _ step: Int) -> Double {
        if high - low < 2 { return Absent.value }
        // Counted from a time near the samples': far ones would cost digits.
        return LinearRegression(samples, low, high, at: samples.timestamps[low]).slope
    }
}

/// `predict_linear`: counted from the step's own time, also where `@` or `offset` moves the window.
struct LinearPrediction: WindowReducer {
    let samples: SampleView
    let grid: EvaluationGrid
    let ahead: ScalarColumn

    func value(_ low: Int, _ high: Int, _ step: Int) -> Double {
        if high - low < 2 { return Absent.value }
        let line = LinearRegression(samples, low, high, at: grid.time(step))
        return line.slope * ahead[step: step] + line.intercept
    }
}

/// `double_exponential_smoothing`, once `holt_winters`.
struct ExponentialSmoothing: WindowReducer {
    let samples: SampleView
    let smoothing: ScalarColumn
    let trend: ScalarColumn
    private(set) var invalidParameter: String?

    init(samples: SampleView, smoothing: ScalarColumn, trend: ScalarColumn) {
        self.samples = samples
        self.smoothing = smoothing
        self.trend = trend
    }

    mutating func value(_ low: Int, _ high: Int, _ step: Int) -> Double {
        let (level, slope) = (smoothing[step: step], trend[step: step])
        for (name, symbol, value) in [("smoothing", "sf", level), ("trend", "tf", slope)]
        where value <= 0 || value >= 1 {
            invalidParameter =
                invalidParameter
                ?? "invalid \(name) factor. Expected: 0 < \(symbol) < 1, got: \(NumberText.sixDecimals(value))"
            return Absent.value
        }
        if high - low < 2 { return Absent.value }
        var previous = 0.0
        var smoothed = samples.values[low]
        var growth = samples.values[low + 1] - samples.values[low]
        for index in low + 1..<high {
            if index > low + 1 { growth = slope * (smoothed - previous) + (1 - slope) * growth }
            (previous, smoothed) = (
                smoothed, level * samples.values[index] + (1 - level) * (smoothed + growth)
            )
        }
        return smoothed
    }
}
