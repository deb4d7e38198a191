import DisplayText

/// The colour of a value or a series as the dashboard decides it; `Panels` maps it to what the theme has.
package enum PanelColor: Sendable, Hashable {
    case standard
    /// The next colour of the classic palette.
    case palette(Int)
    /// 0xRRGGBB, from the dashboard or from one of Grafana's named colours.
    case rgb(UInt32)
    /// Grafana's green, yellow/orange and red, which thresholds use: drawn as the theme's states.
    case ok, warning, critical
}

/// A value as text: `1.24` `k/s`, right-aligned by the caller.
package struct FormattedValue: Sendable, Hashable {
    package var prefix: SafeText
    package var text: SafeText
    package var suffix: SafeText

    package init(prefix: SafeText = "", text: SafeText, suffix: SafeText = "") {
        self.prefix = prefix
        self.text = text
        self.suffix = suffix
    }

    package var joined: SafeText { SafeText(prefix.string + text.string + suffix.string) }
}

/// One value of a stat, gauge or bar gauge.
package struct DisplayValue: Sendable {
    package var title: SafeText
    /// `nil` is no value: drawn as `text`, never as zero.
    package var value: Double?
    package var text: FormattedValue
    package var color: PanelColor
    /// Where the value stands between the field's min and max, 0…1; `nil` when it has no place there.
    package var fraction: Double?
    /// Recent history for the sparkline, oldest first; empty when not asked for.
    package var sparkline: [Double?]
    /// Which step of the grid that is aligned to the epoch the first of `sparkline` is, so that history too long for its
    /// place is put together in the same groups from one frame to the next.
    package var sparklinePhase: Int

    package init(
        title: SafeText, value: Double?, text: FormattedValue, color: PanelColor, fraction: Double? = nil,
        sparkline: [Double?] = [], sparklinePhase: Int = 0
    ) {
        self.title = title
        self.value = value
        self.text = text
        self.color = color
        self.fraction = fraction
        self.sparkline = sparkline
        self.sparklinePhase = sparklinePhase
    }
}

package struct ThresholdStep: Sendable, Hashable {
    /// Lower bound; minus infinity for the base.
    package var value: Double
    package var color: PanelColor

    package init(value: Double, color: PanelColor) {
        self.value = value
        self.color = color
    }
}
