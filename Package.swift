// swift-tools-version: 6.2
import PackageDescription

/// Every target of this package is built in Swift 6 language mode with warnings as errors.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
]

/// A library module of the package: `Sources/NAME`, importing only what `docs/architecture.md` allows.
func module(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    resources: [Resource] = []
) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

/// The tests of one module: `Tests/NAMETests`.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name,
        dependencies: dependencies,
        exclude: exclude,
        swiftSettings: strict
    )
}

let package = Package(
    name: "planetop",
    products: [
        .executable(name: "planetop", targets: ["planetop"]),
        .executable(name: "planetop-collect", targets: ["planetop-collect"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        // One C library each.
        .systemLibrary(name: "CNcurses", providers: [.apt(["libncurses-dev"])]),
        .systemLibrary(
            name: "CRabbitMQ", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev"])]),
        .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CYaml", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(
            name: "CRE2",
            linkerSettings: [.linkedLibrary("re2")]
        ),
        .target(name: "CTerminalSignals"),

        // Leaves: the standard library only.
        module("DisplayText"),
        module("Diagnostics"),
        module("JSON", ["Diagnostics"]),
        module("YAML", ["CYaml", "Diagnostics"]),
        module("RegularExpressions", ["CRE2"]),
        module("Canvas", ["DisplayText"]),
        module("Themes", ["Canvas", "YAML", "Diagnostics"]),

        // The pure core.
        module("MetricModel", ["Diagnostics", "RegularExpressions"]),
        module(
            "Messaging",
            [
                "MetricModel", "Diagnostics", "JSON", "DisplayText", "CZlib",
            ]),
        module("SeriesStore", ["MetricModel"]),
        module("PromQL", ["MetricModel", "Diagnostics", "RegularExpressions"]),
        module("Rules", ["PromQL", "MetricModel", "Diagnostics", "YAML", "RegularExpressions"]),
        module(
            "Dashboard",
            [
                "Rules", "PromQL", "MetricModel", "Diagnostics", "JSON", "DisplayText",
                "RegularExpressions",
            ]),
        module("Panels", ["Dashboard", "Rules", "Canvas", "MetricModel", "DisplayText"]),
        module("Simulator", ["Messaging", "MetricModel"]),
        module(
            "Monitor",
            [
                "Messaging", "SeriesStore", "PromQL", "Rules", "Dashboard", "Panels", "Canvas",
                "MetricModel", "Diagnostics", "DisplayText",
            ]),

        // The dashboards and rules that come along, as the files that Grafana and Prometheus read.
        module(
            "Builtin",
            resources: [
                .embedInCode("Dashboards/overview.json"), .embedInCode("Dashboards/airflow.json"),
                .embedInCode("Dashboards/spark.json"), .embedInCode("Dashboards/self.json"),
                .embedInCode("Rules/planetop.yml"),
            ]),

        // The rim: files, sockets, terminals, clocks.
        module("Capture", ["Messaging", "MetricModel", "Diagnostics", "JSON", "CZstd"]),
        module(
            "AMQP",
            [
                "Messaging", "MetricModel", "Diagnostics", "CRabbitMQ",
                .product(name: "DequeModule", package: "swift-collections"),
            ]),
        module("Terminal", ["Canvas", "Diagnostics", "CNcurses", "CTerminalSignals"]),
        module(
            "Collect",
            [
                "Messaging", "MetricModel", "Diagnostics", "JSON", "YAML", "CCurl",
                .product(name: "Logging", package: "swift-log"),
            ]),

        .executableTarget(
            name: "planetop",
            dependencies: [
                "Messaging", "SeriesStore", "PromQL", "Rules", "Dashboard", "Panels", "Simulator",
                "Monitor", "Capture", "AMQP", "Terminal", "Canvas", "MetricModel", "Diagnostics",
                "DisplayText", "JSON", "YAML", "Themes", "Builtin",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "planetop-collect",
            dependencies: [
                "Collect", "AMQP", "Messaging", "MetricModel", "Diagnostics", "YAML",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),

        // Feeds generated input to the readers of untrusted text: `planetop-fuzz promql --iterations 1000000`.
        .executableTarget(
            name: "planetop-fuzz",
            dependencies: ["Rules", "YAML", "PromQL", "MetricModel", "Messaging", "JSON", "Diagnostics"],
            path: "Tests/Fuzz",
            swiftSettings: strict
        ),
        // Figures that anyone can repeat: `swift run -c release planetop-bench`.
        .executableTarget(
            name: "planetop-bench",
            dependencies: [
                "Rules", "SeriesStore", "PromQL", "MetricModel", "Messaging", "Capture", "Simulator",
                "Monitor", "Dashboard", "Builtin", "Diagnostics",
            ],
            path: "Tests/Benchmarks",
            exclude: [
                "AMQP", "baselines", "README.md", "amqp.sh", "measure.py", "prometheus.py", "terminal.py",
            ],
            swiftSettings: strict
        ),
        // A private broker and a network that fails on demand, for the tests of any module.
        .target(
            name: "TestSupport", path: "Tests/Support", exclude: ["rabbitmq"], swiftSettings: strict),
        .executableTarget(
            name: "amqp-bench",
            dependencies: [
                "AMQP", "Messaging", "MetricModel", "Monitor", "Rules", "Builtin", "TestSupport",
            ],
            path: "Tests/Benchmarks/AMQP",
            swiftSettings: strict
        ),

        tests("ArchitectureTests", []),
        tests("DisplayTextTests", ["DisplayText"]),
        tests("JSONTests", ["JSON", "Diagnostics"]),
        tests("YAMLTests", ["YAML", "Diagnostics"]),
        tests("MetricModelTests", ["MetricModel", "RegularExpressions"]),
        tests(
            "MessagingTests",
            ["Messaging", "MetricModel", "JSON", "Diagnostics", "DisplayText", "planetop-fuzz"],
            exclude: ["Golden"]),
        tests("SeriesStoreTests", ["SeriesStore", "MetricModel"]),
        tests(
            "PromQLTests",
            ["PromQL", "MetricModel", "Diagnostics", "JSON", "YAML", "RegularExpressions", "planetop-fuzz"],
            exclude: ["Expressions.txt", "Scripts"]),
        tests(
            "RulesTests",
            ["Rules", "PromQL", "SeriesStore", "MetricModel", "Diagnostics", "YAML", "JSON"],
            exclude: ["Golden", "Cases"]),
        tests(
            "DashboardTests",
            [
                "Dashboard", "Rules", "PromQL", "SeriesStore", "MetricModel", "Diagnostics", "JSON",
                "DisplayText",
            ], exclude: ["Samples"]),
        tests("BuiltinTests", ["Builtin", "Dashboard", "Rules", "PromQL", "JSON"]),
        tests("CanvasTests", ["Canvas", "DisplayText"]),
        tests("ThemesTests", ["Themes", "Canvas", "Diagnostics"]),
        tests(
            "PanelsTests", ["Panels", "Dashboard", "Rules", "Canvas", "MetricModel", "DisplayText"],
            exclude: ["Golden"]),
        tests(
            "MonitorTests",
            [
                "Monitor", "Messaging", "SeriesStore", "Rules", "Dashboard", "Simulator", "Canvas",
                "MetricModel", "Capture", "PromQL", "Builtin", "Panels",
            ], exclude: ["Golden"]),
        tests("SimulatorTests", ["Simulator", "Messaging", "MetricModel"]),
        tests("CaptureTests", ["Capture", "Messaging", "MetricModel", "Diagnostics", "JSON"]),
        tests(
            "AMQPTests",
            ["AMQP", "Messaging", "MetricModel", "Diagnostics", "CRabbitMQ", "TestSupport"]),
        tests("TerminalTests", ["Terminal", "Canvas"]),
        tests("CollectTests", ["Collect", "Messaging", "MetricModel", "Diagnostics", "JSON"]),
        tests(
            "CommandTests",
            [
                "planetop", "planetop-collect", "JSON", "AMQP", "Messaging", "MetricModel", "Simulator",
                "Diagnostics", "TestSupport",
            ], exclude: ["Samples"]),
    ],
    cxxLanguageStandard: .cxx17
)
