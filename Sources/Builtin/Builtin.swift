/// The dashboards and rules that planetop brings along.
///
/// They lie beside this file as a Grafana and a Prometheus read them; the build puts their bytes into the program, which
/// ships as one file.
package enum Builtin {
    /// Dashboards in the order of their tabs: file name and JSON.
    package static var dashboards: [(name: String, json: [UInt8])] {
        [
            ("overview.json", PackageResources.overview_json),
            ("airflow.json", PackageResources.airflow_json),
            ("spark.json", PackageResources.spark_json), ("self.json", PackageResources.self_json),
        ]
    }

    /// The Prometheus rule file of the product's mission.
    package static var rules: (name: String, yaml: [UInt8]) {
        ("planetop.yml", PackageResources.planetop_yml)
    }
}
