import Diagnostics
import MetricModel
import Monitor

/// What the program has to say of itself: in the bottom line until the next key, and among what changed for later.
extension Monitor {
    func announce(_ text: String, subject: String, clock: Timestamp) {
        observatory.note(Change(time: clock, subject: subject, text: text, state: .normal))
        say(text)
    }

    /// - Parameter consequence: what the problem means here: `rules not reloaded, the old ones go on`.
    func announce(_ problem: Problem, _ consequence: String, subject: String, clock: Timestamp) {
        func text(_ place: SourcePlace?) -> String {
            "\(consequence): \(place.map { "\($0): " } ?? "")\(problem.what)"
        }
        observatory.note(Change(time: clock, subject: subject, text: text(problem.place), state: .error))
        // The bottom line may be short; its end is cut off.
        var place = problem.place
        if let file = place?.file?.split(separator: "/").last { place?.file = String(file) }
        say(text(place), isProblem: true)
    }
}
