import ArgumentParser
import Diagnostics

/// Runs `body`; a problem goes to standard error and ends the program with 1.
func orFail<Value>(_ body: () throws(Problem) -> Value) throws -> Value {
    do {
        return try body()
    } catch {
        report("\(error)")
        throw ExitCode(1)
    }
}
