import MetricModel
import PromQL

/// Gives the parser inputs made from `seed` and checks its laws on each: no crash, no input that takes long, an error
/// whose position lies in the text and whose words say something, and `parse(print(e)) == e` for what it accepts.
///
/// Inputs are expressions grown from the grammar, expressions of the corpus cut and pasted token by token and byte by
/// byte, deep nests, and random bytes.
///
/// - Parameters:
///   - corpus: expressions to start from, beside the built-in ones.
///   - progress: told every million inputs.
/// - Returns: counts, and the first broken law.
package func fuzzParser(
    iterations: Int, seed: UInt64, corpus: [String] = [], progress: (FuzzReport) -> Void = { _ in }
) -> FuzzReport {
    var generator = ExpressionGenerator(seed: seed, corpus: corpus)
    var report = FuzzReport()
    let start = threadSeconds()
    while report.iterations < iterations {
        let input = generator.next()
        let before = threadSeconds()
        let outcome = checkLaws(input, allowsExperimental: report.iterations % 8 != 0)
        let milliseconds = (threadSeconds() - before) * 1000
        report.iterations += 1
        report.slowestMilliseconds = max(report.slowestMilliseconds, milliseconds)
        report.cpuSeconds = threadSeconds() - start
        switch outcome {
        case .accepted: report.accepted += 1
        case .refused: break
        case .broken(let law): report.failure = "\(law): \(debugText(input))"
        }
        if milliseconds > inputMillisecondsMax {
            report.failure = "took \(milliseconds) ms: \(debugText(input))"
        }
        if report.failure != nil { break }
        if report.iterations % 1_000_000 == 0 { progress(report) }
    }
    return report
}

/// CPU time within which any input of the lengths made here must be dealt with, however busy the machine.
private let inputMillisecondsMax = 2000.0

private enum Outcome { case accepted, refused, broken(String) }

private func checkLaws(_ text: String, allowsExperimental: Bool) -> Outcome {
    let expression: Expression
    do throws(ParseError) {
        expression = try parse(text, allowsExperimental: allowsExperimental)
    } catch {
        let count = text.utf8.count
        guard error.position.lowerBound >= 0, error.position.upperBound <= count else {
            return .broken("error position \(error.position) outside of \(count) bytes")
        }
        if error.message.isEmpty { return .broken("error without words") }
        _ = problem(error, in: text)
        return .refused
    }
    _ = expression.valueType
    let printed = print(expression)
    do throws(ParseError) {
        let again = try parse(printed, allowsExperimental: allowsExperimental)
        guard again == expression else { return .broken("differs when printed as \(debugText(printed))") }
        guard print(again) == printed else { return .broken("prints differently the second time") }
        return .accepted
    } catch {
        return .broken("cannot be parsed when printed as \(debugText(printed)): \(error.message)")
    }
}

private func debugText(_ text: String) -> String {
    let shownMax = 2000
    return String(text.unicodeScalars.prefix(shownMax).map { Character($0) }).debugDescription
}

/// The expressions that a text holds: those of a `.test` script, or else every line.
func expressions(inScript text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
        let words = line.split(separator: " ", omittingEmptySubsequences: true)
        guard let first = words.first, first.hasPrefix("eval") else {
            return isNoExpression(line) ? nil : String(line)
        }
        let skipped = words.count > 1 && words[1] == "range" ? 8 : 4
        return words.count > skipped ? words[skipped...].joined(separator: " ") : nil
    }
}

private func isNoExpression(_ line: Substring) -> Bool {
    line.hasPrefix("#") || line.hasPrefix(" ") || line.hasPrefix("\t")
}
