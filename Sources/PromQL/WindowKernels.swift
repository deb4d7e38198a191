import MetricModel

/// The loops behind one range function of a query: one series in, its value at every step out.
struct WindowKernels {
    /// What the values cannot say.
    struct Outcome {
        /// A sample says that its counter began before the sample in front of it was taken.
        var overlapsStart = false
        var invalidQuantile = false
        /// Why there can be no result.
        var invalidParameter: String?
    }

    private let function: RangeFunction
    private let boundary: VectorSelector.Boundary
    private let parameters: [ScalarColumn]
    private let isQuantileValid: Bool
    private let scratch = WindowScratch()
    private let run: QueryRun

    init(_ plan: RangeFunctionPlan, _ parameters: [ScalarColumn], in run: QueryRun) {
        self.run = run
        function = plan.function
        if case .selector(let selector) = plan.source {
            boundary = selector.boundary
        } else {
            boundary = .ordinary
        }
        self.parameters = parameters
        isQuantileValid = !(parameters.first?.contains { !($0 >= 0 && $0 <= 1) } ?? false)
    }

    /// Fills `column` with the function's value at every step, `Absent.value` where it has none.
    ///
    /// - Parameter buffer: the samples of one series without stale markers.
    func apply(
        to buffer: SampleBuffer, _ windows: Windows, lookback: Int64,
        into column: UnsafeMutableBufferPointer<Double>
    ) -> Outcome {
        buffer.timestamps.withUnsafeBufferPointer { timestamps in
            buffer.values.withUnsafeBufferPointer { values in
                buffer.startTimestamps.withUnsafeBufferPointer { starts in
                    apply(
                        to: SampleView(timestamps: timestamps, values: values, starts: starts), windows,
                        lookback, column)
                }
            }
        }
    }

    private func apply(
        to samples: SampleView, _ windows: Windows, _ lookback: Int64,
        _ column: UnsafeMutableBufferPointer<Double>
    ) -> Outcome {
        switch function {
        case .rate, .increase, .delta:
            return rate(samples, windows, lookback, column)
        case .irate, .idelta:
            var reducer = InstantRate(samples, isRate: function == .irate)
            slide(&reducer, over: samples, windows, into: column, run)
        case .changes, .resets:
            stepChanges(samples, windows, lookback, column)
        case .deriv:
            var reducer = Derivative(samples: samples)
            slide(&reducer, over: samples, windows, into: column, run)
        case .predictLinear:
            var reducer = LinearPrediction(samples: samples, grid: windows.grid, ahead: parameters[0])
            slide(&reducer, over: samples, windows, into: column, run)
        case .doubleExponentialSmoothing:
            var reducer = ExponentialSmoothing(
                samples: samples, smoothing: parameters[0], trend: parameters[1])
            slide(&reducer, over: samples, windows, into: column, run)
            return Outcome(invalidParameter: reducer.invalidParameter)
        case .quantile:
            var reducer = QuantileWindow(samples, quantile: parameters[0], scratch)
            slide(&reducer, over: samples, windows, into: column, run)
            return Outcome(invalidQuantile: !isQuantileValid)
        default:
            overTime(samples, windows, column)
        }
        return Outcome()
    }

    private func overTime(
        _ samples: SampleView, _ windows: Windows, _ column: UnsafeMutableBufferPointer<Double>
    ) {
        switch function {
        case .sum, .avg:
            if let prefixes = windows.overlap ? PrefixSums(samples.values, scratch) : nil {
                var reducer = PrefixSumWindow(samples.values, prefixes, isMean: function == .avg)
                slide(&reducer, over: samples, windows, into: column, run)
            } else {
                var reducer = SumWindow(values: samples.values, isMean: function == .avg)
                slide(&reducer, over: samples, windows, into: column, run)
            }
        case .min, .timeOfMin:
            var reducer = ExtremumWindow<Smaller>(samples, givesTime: function == .timeOfMin, scratch)
            slide(&reducer, over: samples, windows, into: column, run)
        case .max, .timeOfMax:
            var reducer = ExtremumWindow<Greater>(samples, givesTime: function == .timeOfMax, scratch)
            slide(&reducer, over: samples, windows, into: column, run)
        case .stddev, .stdvar:
            var reducer = VarianceWindow(values: samples.values, isDeviation: function == .stddev)
            slide(&reducer, over: samples, windows, into: column, run)
        case .mad:
            var reducer = MedianDeviationWindow(samples.values, scratch)
            slide(&reducer, over: samples, windows, into: column, run)
        default:
            var reducer = EdgeWindow(samples: samples, function: function)
            slide(&reducer, over: samples, windows, into: column, run)
        }
    }

    private func rate(
        _ samples: SampleView, _ windows: Windows, _ lookback: Int64,
        _ column: UnsafeMutableBufferPointer<Double>
    ) -> Outcome {
        let isCounter = function != .delta
        let isRate = function == .rate
        switch boundary {
        case .ordinary:
            var reducer = ExtrapolatedRate(
                samples, windows, isCounter: isCounter, isRate: isRate, scratch)
            slide(&reducer, over: samples, windows, into: column, run)
            return Outcome(overlapsStart: reducer.overlapsStart)
        case .anchored, .smoothed:
            let ahead = boundary == .smoothed ? lookback : 0
            var reducer = ExtendedRate(
                samples: samples, windows: windows, isCounter: isCounter, isRate: isRate,
                isSmoothed: boundary == .smoothed)
            slide(&reducer, over: samples, windows.widened(before: lookback, after: ahead), into: column, run)
            return Outcome()
        }
    }

    private func stepChanges(
        _ samples: SampleView, _ windows: Windows, _ lookback: Int64,
        _ column: UnsafeMutableBufferPointer<Double>
    ) {
        var reducer = StepChanges(
            samples, windows, countsResets: function == .resets, isAnchored: boundary == .anchored, scratch)
        if boundary == .anchored {
            slide(&reducer, over: samples, windows.widened(before: lookback, after: 0), into: column, run)
        } else {
            slide(&reducer, over: samples, windows, into: column, run)
        }
    }
}

extension Windows {
    /// The same windows with more on both sides.
    func widened(before: Int64, after: Int64) -> Windows {
        var wide = self
        wide.firstEnd = addedTime(firstEnd, after)
        wide.range = addedTime(addedTime(range, before), after)
        return wide
    }
}
