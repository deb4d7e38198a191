import Canvas
import Panels
import Testing

/// How panels share an area: like Grafana's grid as long as there is room, below each other or alone else.
struct LayoutTests {
    private func panel(_ id: Int, _ x: Int, _ y: Int, _ width: Int, _ height: Int, least: Int = 20)
        -> LayoutItem
    {
        LayoutItem(id: id, x: x, y: y, width: width, height: height, minimumWidth: least)
    }

    private func areas(_ layout: DashboardLayout) -> [Int: Rectangle] {
        Dictionary(uniqueKeysWithValues: layout.placements.map { ($0.id, $0.area) })
    }

    @Test func aGridRowIsATextRowUnlessItFitsByStretching() {
        let items = [panel(1, 0, 0, 12, 8), panel(2, 12, 0, 12, 8), panel(3, 0, 8, 24, 8)]
        let scrolled = DashboardLayout(items + [panel(4, 0, 16, 24, 20)], width: 120, height: 30)
        #expect(areas(scrolled)[3] == Rectangle(x: 0, y: 8, width: 120, height: 8))
        #expect(scrolled.height == 36)
        let stretched = DashboardLayout(items, width: 120, height: 40)
        #expect(areas(stretched)[1] == Rectangle(x: 0, y: 0, width: 60, height: 20))
        #expect(areas(stretched)[2] == Rectangle(x: 60, y: 0, width: 60, height: 20))
        #expect(areas(stretched)[3] == Rectangle(x: 0, y: 20, width: 120, height: 20))
        #expect(stretched.height == 40)
    }

    @Test func panelsNeverOverlapAndFillTheirLines() {
        var numbers = SeededNumbers(seed: 5)
        for _ in 0..<300 {
            var items: [LayoutItem] = []
            for id in 0..<Int.random(in: 1...14, using: &numbers) {
                // A shelf of equal heights each, as dashboards are made.
                items.append(
                    panel(id, id % 4 * 6, id / 4 * 7, 6, 7, least: Int.random(in: 1...50, using: &numbers)))
            }
            let width = Int.random(in: 40...220, using: &numbers)
            let height = Int.random(in: 19...90, using: &numbers)
            let layout = DashboardLayout(items, width: width, height: height)
            #expect(layout.placements.count == items.count)
            for (index, placement) in layout.placements.enumerated() {
                let area = placement.area
                #expect(
                    area.x >= 0 && area.right <= width && area.y >= 0 && area.bottom <= layout.height
                        && !area.isEmpty)
                for other in layout.placements[(index + 1)...] {
                    #expect(area.intersection(other.area).isEmpty)
                }
            }
        }
    }

    @Test func narrowPanelsAreWrappedInBalance() {
        let items = (0..<4).map { panel($0, $0 * 6, 0, 6, 8, least: 26) }
        let areas = areas(DashboardLayout(items, width: 80, height: 30))
        #expect(areas[0]?.width == 40 && areas[1]?.x == 40)
        #expect(areas[2]?.x == 0 && areas[2]?.y == areas[0]?.bottom)
    }

    @Test func rowsOfTheGridThatNothingCoversVanish() {
        let areas = areas(
            DashboardLayout([panel(1, 0, 0, 24, 8), panel(2, 0, 500, 24, 8)], width: 80, height: 20))
        #expect(areas[2]?.y == areas[1]?.bottom)
    }

    @Test func aRowHeaderIsOneLine() {
        let row = LayoutItem(id: 1, x: 0, y: 0, width: 24, height: 1, isRow: true, stretch: 0)
        let areas = areas(DashboardLayout([row, panel(2, 0, 1, 24, 8)], width: 80, height: 50))
        #expect(areas[1] == Rectangle(x: 0, y: 0, width: 80, height: 1))
        #expect(areas[2] == Rectangle(x: 0, y: 1, width: 80, height: 49))
    }

    @Test func onePanelAtATimeWhereThereIsNoRoomForMore() {
        let items = [panel(1, 0, 0, 12, 8), panel(2, 12, 0, 12, 8)]
        for (width, height) in [(39, 50), (80, 10), (1, 1)] {
            let layout = DashboardLayout(items, width: width, height: height, focused: 2)
            #expect(layout.isSinglePanel)
            #expect(areas(layout) == [2: Rectangle(x: 0, y: 0, width: width, height: height)])
            #expect(layout.position(offset: 0, viewHeight: height) == "panel 2 of 2")
            #expect(layout.neighbour(of: 2, dx: -1, dy: 0) == 1)
            #expect(layout.neighbour(of: 2, dx: 1, dy: 0) == nil)
        }
        #expect(DashboardLayout(items, width: 0, height: 0).placements.isEmpty)
        #expect(DashboardLayout([], width: 80, height: 24).placements.isEmpty)
    }

    @Test func focusMovesToTheNeighbour() {
        let items = [panel(1, 0, 0, 12, 8), panel(2, 12, 0, 12, 8), panel(3, 0, 8, 24, 8)]
        let layout = DashboardLayout(items, width: 120, height: 40)
        #expect(layout.neighbour(of: 1, dx: 1, dy: 0) == 2)
        #expect(layout.neighbour(of: 2, dx: -1, dy: 0) == 1)
        #expect(layout.neighbour(of: 2, dx: 0, dy: 1) == 3)
        #expect(layout.neighbour(of: 3, dx: 0, dy: -1) == 1)
        #expect(layout.neighbour(of: 1, dx: -1, dy: 0) == nil)
        #expect(layout.neighbour(of: 99, dx: 1, dy: 0) == 1)
    }

    @Test func scrollingShowsTheFocusedPanelWhole() {
        let items = (0..<6).map { panel($0, 0, $0 * 10, 24, 10) }
        let layout = DashboardLayout(items, width: 80, height: 25)
        #expect(layout.offset(showing: 0, from: 20, viewHeight: 25) == 0)
        #expect(layout.offset(showing: 3, from: 0, viewHeight: 25) == 15)
        #expect(layout.offset(showing: 3, from: 20, viewHeight: 25) == 20)
        #expect(layout.offset(showing: 5, from: 0, viewHeight: 25) == 35)
        #expect(layout.position(offset: 0, viewHeight: 25) == "35 rows below")
        #expect(layout.position(offset: 35, viewHeight: 25) == "35 rows above")
    }

    @Test func theScreenIsDividedAtAnySize() {
        for height in 0...60 {
            for width in [0, 1, 80] {
                for (hasScrubber, hasPrompt) in [(false, false), (true, false), (false, true), (true, true)] {
                    let screen = ScreenLayout(
                        width: width, height: height, hasScrubber: hasScrubber, hasPrompt: hasPrompt)
                    let parts = [screen.top, screen.verdict, screen.body, screen.scrubber, screen.bottom]
                    #expect(parts.map(\.height).reduce(0, +) == height)
                    if hasPrompt && height > 0 { #expect(screen.bottom.height == 1) }
                    if height >= 2 || !hasPrompt && height == 1 { #expect(screen.verdict.height == 1) }
                }
            }
        }
    }
}
