import MetricModel

/// What the user points at and what lies open: everything of the screen that is not data.
struct Interface {
    /// Something that lies over the dashboard, or takes its place.
    enum Overlay: Equatable {
        case help(firstRow: Int)
        case alerts(selected: Int)
        case alertDetail(AlertKey, firstRow: Int, selected: Int)
        case variables(VariableChoice)
        case ranges(selected: Int)
    }

    struct VariableChoice: Equatable {
        var variable = 0
        var option = 0
        var isChoosing = false
        var filter = ""
    }

    /// Names one alert over evaluations.
    struct AlertKey: Hashable {
        var name: String
        var labels: LabelSet
    }

    struct Prompt: Equatable {
        enum Purpose: Equatable { case filter, time }
        var purpose: Purpose
        var text = ""
        var error: String?
    }

    /// The dashboard in sight.
    var page = 0
    /// Of each dashboard: the panel with the focus, and the rows scrolled off.
    var focus: [Int: Int] = [:]
    var scroll: [Int: Int] = [:]
    /// The panel that fills the screen.
    var zoomed: Int?
    /// Where values are read off the zoomed panel, in steps back from the newest.
    var valueSteps: Int?
    /// The first row that the focused table or list shows.
    var firstRow = 0
    var overlay: Overlay?
    var prompt: Prompt?
    /// What tables and lists are narrowed to.
    var filter = ""
    /// In place of the dashboard's own range.
    var range: TimeSpan?
    /// Rows that were opened or closed by hand, by the row's panel id.
    var rowsToggled: [Int: Set<Int>] = [:]
    /// Said in the bottom line until the next key.
    var message: (text: String, isProblem: Bool)?

    /// Ranges that `t` offers and `+` and `-` step through.
    static let ranges: [TimeSpan] = [
        .minutes(5), .minutes(15), .minutes(30), .hours(1), .hours(3), .hours(6), .hours(12), .hours(24),
    ]

    mutating func go(to page: Int) {
        self.page = page
        zoomed = nil
        valueSteps = nil
        firstRow = 0
    }
}

/// What the monitor asks of the rim.
package enum Effect: Sendable, Equatable {
    /// Leave with this exit code.
    case quit(Int32)
    /// Draw the whole screen anew.
    case redraw
    /// Write what is on the screen into a file.
    case snapshot
    case toggleRecording
    /// The next theme.
    case changeTheme
    /// A replay went to another time: deliveries up to there are wanted.
    case seek(Timestamp)
    /// Try the broker now rather than later.
    case retryConnection
    case stop
}

/// How the data comes in, as the screen says it.
package enum LinkStatus: Sendable, Equatable {
    /// A connection that delivers.
    case live
    /// Not connected: why, and when the next try is.
    case connecting(reason: String, retry: Timestamp?)
    /// Connected, but nothing can be taken in, and why.
    case impaired(String)
    /// History is being read; 0…1 when it is known how much there is.
    case loading(Double?)
    /// A capture, and where it ends.
    case replay(start: Timestamp, end: Timestamp)
    /// Made up.
    case demonstration
}
