import MetricModel
import PromQL
import Testing

@testable import Rules

struct CourseCase: Sendable {
    var expression: String
    /// One a quarter of a minute.
    var values: [Double]
    var direction: AlertCourse.Direction?
}

private func steps(_ values: Double...) -> [Double] { values.flatMap { Array(repeating: $0, count: 4) } }

@Test(
    "an alert gets worse in the direction in which its rule compares",
    arguments: [
        CourseCase(expression: "failures >= 3", values: steps(3, 4, 5, 6), direction: .worse),
        CourseCase(expression: "failures >= 3", values: steps(9, 7, 5, 4), direction: .better),
        CourseCase(expression: "failures >= 3", values: steps(9, 9, 9, 9), direction: .steady),
        CourseCase(expression: "3 <= failures", values: steps(3, 4, 5, 6), direction: .worse),
        CourseCase(expression: "ratio < 0.9", values: steps(0.88, 0.86, 0.84, 0.80), direction: .worse),
        CourseCase(expression: "(ratio < 0.9)", values: steps(0.8, 0.82, 0.84, 0.88), direction: .better),
        // What is asked beside the comparison does not count.
        CourseCase(
            expression: "ratio < 0.9 and on (plane) runs > 10", values: steps(0.88, 0.86, 0.84, 0.80),
            direction: .worse),
        CourseCase(
            expression: "a > b unless on (x) c < 1", values: steps(100, 110, 120, 130), direction: .worse),
        CourseCase(expression: "balance < -5", values: steps(-6, -8, -10, -12), direction: .worse),
        // Noise, though it is much beside the little that the threshold is exceeded by.
        CourseCase(
            expression: "ratio < 0.95", values: steps(0.945, 0.944, 0.9445, 0.943), direction: .steady),
        CourseCase(expression: "a > b", values: steps(100, 102, 99, 103), direction: .steady),
        // No size is compared, or too little is known.
        CourseCase(expression: "up == 0", values: steps(0, 0, 0, 0), direction: nil),
        CourseCase(expression: "absent(up)", values: steps(1, 1, 1, 1), direction: nil),
        CourseCase(expression: "(a > bool b) == 1", values: steps(1, 1, 1, 1), direction: nil),
        CourseCase(expression: "a > 1 or b > 2", values: steps(1, 2, 3, 4), direction: nil),
        CourseCase(expression: "failures >= 3", values: [3, 4, 5, 6], direction: nil),
        CourseCase(expression: "failures >= 3", values: [], direction: nil),
        CourseCase(expression: "failures >= 3", values: steps(3, .infinity, 5, 6), direction: nil),
        CourseCase(expression: "failures >= 3", values: steps(3, .nan, 5, 6), direction: nil),
    ])
func course(_ example: CourseCase) throws {
    var samples = SampleBuffer()
    for (index, value) in example.values.enumerated() { samples.append(Int64(index) * 15_000, value) }
    let course = AlertCourse(samples, of: try PromQL.parse(example.expression))
    #expect(course?.direction == example.direction)
    if let course { #expect(course.before == example.values[0]) }
}
