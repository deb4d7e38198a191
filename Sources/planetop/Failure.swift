import ArgumentParser
import Diagnostics

/// Runs `body`; a problem goes to standard error and ends the program with 1, and so does an answer that could not be written.
func orFail<Value>(_ body: () throws(Problem) -> Value) throws -> Value {
    let value: Value
    do throws(Problem) {
        value = try body()
    } catch {
        report("\(error)")
        throw ExitCode(1)
    }
    if OutputState.hasFailed.load(ordering: .relaxed) { throw ExitCode(1) }
    return value
}
