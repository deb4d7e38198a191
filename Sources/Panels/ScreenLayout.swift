import Canvas

/// How the screen is divided among the lines around the dashboard and the dashboard itself, for any size.
package struct ScreenLayout: Sendable, Equatable {
    /// Product, tabs, filter, source state. Empty when there is no row for it.
    package private(set) var top: Rectangle
    /// Counts of alerts by state. On a screen of one row it is the only line, and the source's word joins it.
    package private(set) var verdict: Rectangle
    package private(set) var body: Rectangle
    /// The replayed time; empty when nothing is replayed.
    package private(set) var scrubber: Rectangle
    /// Keys, messages and the prompt.
    package private(set) var bottom: Rectangle

    package init(width: Int, height: Int, hasScrubber: Bool = false, hasPrompt: Bool = false) {
        var rest = Rectangle(x: 0, y: 0, width: width, height: height)
        // The prompt is what the user is typing: it must be seen at any height.
        bottom = rest.takeBottom(height >= 6 || hasPrompt ? 1 : 0)
        // From three rows on: verdict, top, one row of a panel.
        top = rest.takeTop(height >= 2 && rest.height >= 2 ? 1 : 0)
        verdict = rest.takeTop(1)
        let scrubberHeight = !hasScrubber || height < 8 ? 0 : height < 16 ? 1 : 2
        scrubber = rest.takeBottom(scrubberHeight)
        body = rest
    }
}
