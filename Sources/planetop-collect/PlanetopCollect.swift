import ArgumentParser
import Collect
import Glibc

@main
struct PlanetopCollect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "planetop-collect",
        abstract: "Reads Airflow and Prometheus beside a data plane and publishes to the exchange.",
        version: "1.0.0",
        subcommands: [RunCommand.self, OnceCommand.self, CheckCommand.self],
        defaultSubcommand: RunCommand.self)

    static func main() {
        // Both before any thread: signals are waited for, and libcurl prepares itself once.
        SignalWait.blockSignals()
        HTTPClient.prepareLibrary()
        self.main(nil)
    }
}

struct ConfigurationOption: ParsableArguments {
    @Option(
        name: .shortAndLong, help: "The YAML file that says what to read and where to publish.",
        completion: .file())
    var config = "/etc/planetop/planetop-collect.yaml"

    func load() throws -> CollectorConfiguration {
        do {
            return try ConfigurationFile.read(config)
        } catch {
            standardError("\(error)")
            throw ExitCode(1)
        }
    }
}
