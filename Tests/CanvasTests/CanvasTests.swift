import Canvas
import Testing

@Test func emptyCanvas() { #expect(Canvas(width: 0, height: 0).text.isEmpty) }
