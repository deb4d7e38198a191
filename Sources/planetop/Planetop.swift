import ArgumentParser

@main
struct Planetop: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "planetop", abstract: "top for a data plane: Airflow and Spark, live in a terminal.")
}
