import ArgumentParser
import Terminal

@main
struct Planetop: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "planetop",
        abstract: "top for a data plane: Airflow and Spark of many clients, live in a terminal.",
        version: "1.0.0",
        subcommands: [
            LiveCommand.self, DemoCommand.self, ReplayCommand.self, RecordCommand.self, SnapshotCommand.self,
            QueryCommand.self, CheckCommand.self, TestCommand.self, CaptureCommand.self,
        ],
        defaultSubcommand: LiveCommand.self)

    static func main() {
        // Before any thread: all of them inherit it.
        Signals.blockAll()
        self.main(nil)
    }
}
