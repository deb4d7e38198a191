import Canvas
import DisplayText
import Rules

/// How it is shown that an alert gets worse: an arrow where there is room for one column, words where there is more.
extension AlertCourse {
    /// Which way the value goes.
    func arrow(_ glyphs: GlyphSet) -> Character {
        direction == .steady ? glyphs.steady : isRising ? glyphs.rising : glyphs.falling
    }

    /// - Parameter state: of the alert: what gets worse has its colour.
    func style(_ state: AlertState) -> Style {
        switch direction {
        case .worse: state.style
        case .better: Style(.ok)
        case .steady: .dim
        }
    }

    /// `getting worse`; `nil` for what stays as it is.
    var words: SafeText? {
        switch direction {
        case .worse: "getting worse"
        case .better: "getting better"
        case .steady: nil
        }
    }
}
