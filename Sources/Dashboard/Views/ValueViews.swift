package struct StatView: Sendable {
    package enum ColorMode: Sendable { case none, value, background }
    package var values: [DisplayValue]
    package var colorMode: ColorMode
    package var showsSparkline: Bool
    package var showsTitles: Bool

    package init(
        values: [DisplayValue], colorMode: ColorMode = .value, showsSparkline: Bool = false,
        showsTitles: Bool = true
    ) {
        self.values = values
        self.colorMode = colorMode
        self.showsSparkline = showsSparkline
        self.showsTitles = showsTitles
    }
}

package struct GaugeView: Sendable {
    package var values: [DisplayValue]
    /// Steps in the unit of the values, with their fraction of the scale.
    package var thresholds: [(fraction: Double, color: PanelColor)]

    package init(values: [DisplayValue], thresholds: [(fraction: Double, color: PanelColor)] = []) {
        self.values = values
        self.thresholds = thresholds
    }
}

package struct BarGaugeView: Sendable {
    package var values: [DisplayValue]
    package var isHorizontal: Bool

    package init(values: [DisplayValue], isHorizontal: Bool = true) {
        self.values = values
        self.isHorizontal = isHorizontal
    }
}

package struct PieChartView: Sendable {
    package var slices: [DisplayValue]

    package init(slices: [DisplayValue]) { self.slices = slices }
}
