import ArgumentParser

@main
struct PlanetopCollect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "planetop-collect", abstract: "Reads Airflow and Prometheus, publishes to the exchange.")
}
