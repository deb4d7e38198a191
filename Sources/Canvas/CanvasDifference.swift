/// Neighbouring cells of one row that changed.
package struct ChangedRun: Sendable, Hashable {
    package var y: Int
    package var columns: Range<Int>

    package init(y: Int, columns: Range<Int>) {
        self.y = y
        self.columns = columns
    }
}

extension Canvas {
    /// What has to be redrawn to turn `earlier` into this canvas, top to bottom, left to right.
    ///
    /// A run never begins on the right half of a wide character nor ends on its left half. A canvas of another size
    /// has changed everywhere.
    ///
    /// - Parameter gapMax: equal cells between two changes that are cheaper to send again than to jump over.
    package func changedRuns(since earlier: Canvas, gapMax: Int = 3) -> [ChangedRun] {
        guard earlier.width == width, earlier.height == height else {
            return width == 0 ? [] : (0..<height).map { ChangedRun(y: $0, columns: 0..<width) }
        }
        var runs: [ChangedRun] = []
        for y in 0..<height {
            let row = y * width
            var last: ChangedRun?
            for x in 0..<width where cells[row + x] != earlier.cells[row + x] {
                let start = x > 0 && cells[row + x].character == "\0" ? x - 1 : x
                let isWide = x + 1 < width && cells[row + x + 1].character == "\0"
                let end = isWide ? x + 2 : x + 1
                if let open = last, start - open.columns.upperBound <= gapMax {
                    let lower = min(open.columns.lowerBound, start)
                    last = ChangedRun(y: y, columns: lower..<max(open.columns.upperBound, end))
                } else {
                    if let done = last { runs.append(done) }
                    last = ChangedRun(y: y, columns: start..<end)
                }
            }
            if let done = last { runs.append(done) }
        }
        return runs
    }
}
