/// How a field's values or its series get their colour.
struct ColorScheme: Sendable, Equatable {
    enum Mode: Sendable, Equatable {
        case thresholds
        /// One colour.
        case fixed
        /// Each series another hue.
        case paletteClassic
        /// The hue follows from the series' name.
        case paletteByName
        /// Shades of one colour, another for each series.
        case shades
        /// Mixed between these by where the value stands between min and max.
        case continuous([UInt32])
    }

    var mode: Mode = .thresholds
    var fixed: PanelColor?
    /// The value of a series that its colour follows from: last, min or max.
    var seriesBy: ReduceCalc = .last

    static func mode(_ id: String) -> Mode? {
        switch id {
        case "thresholds": .thresholds
        case "fixed": .fixed
        case "palette-classic": .paletteClassic
        case "palette-classic-by-name": .paletteByName
        case "shades": .shades
        default: continuous[id].map(Mode.continuous)
        }
    }

    /// The ends and middles of Grafana's schemes; those that begin at the panel's background begin at a dark grey.
    private static let continuous: [String: [UInt32]] = [
        "continuous-GrYlRd": [0x73bf69, 0xfade2a, 0xf2495c],
        "continuous-RdYlGr": [0xf2495c, 0xfade2a, 0x73bf69],
        "continuous-BlYlRd": [0x1f60c4, 0xfff899, 0xc4162a],
        "continuous-YlRd": [0xfff899, 0xc4162a],
        "continuous-BlPu": [0x5794f2, 0xb877d9],
        "continuous-YlBl": [0xfff899, 0x1f60c4],
        "continuous-blues": [0x2a2d33, 0x1f60c4],
        "continuous-reds": [0x2a2d33, 0xc4162a],
        "continuous-greens": [0x2a2d33, 0x37872d],
        "continuous-purples": [0x2a2d33, 0x8f3bb8],
        "continuous-viridis": [0x440154, 0x3b528b, 0x21918c, 0x5ec962, 0xfde725],
        "continuous-magma": [0x000004, 0x51127c, 0xb73779, 0xfc8961, 0xfcfdbf],
        "continuous-plasma": [0x0d0887, 0x7e03a8, 0xcc4778, 0xf89540, 0xf0f921],
        "continuous-inferno": [0x000004, 0x57106e, 0xbc3754, 0xf98e09, 0xfcffa4],
        "continuous-cividis": [0x00224e, 0x434e6c, 0x7d7c78, 0xbcaf6f, 0xfee838],
    ]

    /// The colour at `fraction` of the way through `stops`.
    static func mix(_ stops: [UInt32], at fraction: Double) -> PanelColor {
        guard stops.count > 1 else { return stops.first.map(PanelColor.rgb) ?? .standard }
        let place = (fraction.isNaN ? 0 : Swift.min(Swift.max(fraction, 0), 1)) * Double(stops.count - 1)
        let index = Swift.min(Int(place), stops.count - 2)
        return .rgb(blend(stops[index], stops[index + 1], place - Double(index)))
    }

    /// The shade of `base` for series `index`: itself, then brighter and darker in turn.
    static func shade(of base: UInt32, _ index: Int) -> UInt32 {
        let place = index % 11
        guard place > 0 else { return base }
        let share = Double((place + 1) / 2) / 6 * 0.7
        return blend(base, place % 2 == 1 ? 0xffffff : 0x000000, share)
    }

    private static func blend(_ a: UInt32, _ b: UInt32, _ share: Double) -> UInt32 {
        var result: UInt32 = 0
        for shift in [16, 8, 0] as [UInt32] {
            let from = Double(a >> shift & 0xff)
            let to = Double(b >> shift & 0xff)
            result = result << 8 | UInt32((from + (to - from) * share).rounded())
        }
        return result
    }

    /// Whether the colour follows from the value, rather than from which series it is.
    var isByValue: Bool {
        switch mode {
        case .thresholds, .continuous: true
        default: false
        }
    }

    /// The colour of a whole series, for the modes that do not look at values; `nil` for the others.
    func seriesColor(index: Int, name: String) -> PanelColor? {
        switch mode {
        case .fixed: fixed ?? .standard
        case .paletteClassic: .palette(index)
        case .paletteByName: .palette(Self.hash(name))
        case .shades: fixed.flatMap(ColorNames.rgb).map { .rgb(Self.shade(of: $0, index)) } ?? .palette(index)
        case .thresholds, .continuous: nil
        }
    }

    /// A small number that depends on the name alone, so that a series keeps its colour from panel to panel.
    private static func hash(_ name: String) -> Int {
        var hash: UInt32 = 5381
        for byte in name.utf8.reversed() { hash = (hash &* 33) ^ UInt32(byte) }
        return Int(hash % 56)
    }
}

/// Bounds at which a field's colour changes.
struct Thresholds: Sendable, Equatable {
    /// Percent of the way between min and max, in place of values.
    var isPercentage = false
    /// Ascending; the first is the base.
    var steps: [ThresholdStep]

    init(isPercentage: Bool = false, steps: [ThresholdStep]) {
        self.isPercentage = isPercentage
        self.steps = steps.sorted { $0.value < $1.value }
    }

    /// Grafana's default: green, red from 80.
    static let standard = Thresholds(steps: [
        ThresholdStep(value: -.infinity, color: .ok), ThresholdStep(value: 80, color: .critical),
    ])

    /// The step that `value`, or its percentage of the scale, lies in.
    func step(for value: Double, fraction: Double?) -> ThresholdStep? {
        let place = isPercentage ? (fraction ?? 0) * 100 : value
        return steps.last { $0.value <= place } ?? steps.first
    }
}
