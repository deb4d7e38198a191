import ArgumentParser
import Terminal

@main
struct Planetop: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "planetop",
        abstract: "top for a data plane: Airflow and Spark of many clients, live in a terminal.",
        version: "1.0.0",
        subcommands: [QueryCommand.self, TestCommand.self])
}
