import MetricModel

/// What one simulated data plane consists of.
struct PlaneSpecification {
    var tenant: String
    var plane: String
    var dags: [DagSpecification]
    var queries: [QuerySpecification]
    /// A legacy DStream application, by name.
    var dstream: String?
}

struct DagSpecification {
    var id: String
    var everySeconds: Int64
    var durationSeconds: Double
    var taskCount: Int
}

struct QuerySpecification {
    var app: String
    var name: String
    var triggerSeconds: Double
    var rowsPerSecond: Double
    /// Rows a second that it can process, as a multiple of what arrives.
    var headroom: Double
    var stateRows: Double
    var hasWatermark: Bool
}

extension PlaneSpecification {
    /// Three clients, six planes: the data plane of the demonstration.
    static let demonstration: [PlaneSpecification] = [
        PlaneSpecification(
            tenant: "acme", plane: "prod-eu",
            dags: [
                DagSpecification(id: "ingest_orders", everySeconds: 60, durationSeconds: 22, taskCount: 4),
                DagSpecification(id: "export_billing", everySeconds: 60, durationSeconds: 31, taskCount: 3),
                DagSpecification(
                    id: "daily_features_eu_clicks_v3", everySeconds: 300, durationSeconds: 140, taskCount: 11),
                DagSpecification(
                    id: "daily_features_eu_orders_v3", everySeconds: 300, durationSeconds: 150, taskCount: 11),
                DagSpecification(id: "model_drift", everySeconds: 120, durationSeconds: 48, taskCount: 2),
            ],
            queries: [
                QuerySpecification(
                    app: "orders", name: "orders_fast", triggerSeconds: 5, rowsPerSecond: 640, headroom: 6,
                    stateRows: 0, hasWatermark: false),
                QuerySpecification(
                    app: "orders", name: "enrich_slow", triggerSeconds: 10, rowsPerSecond: 560, headroom: 1.9,
                    stateRows: 0, hasWatermark: false),
                QuerySpecification(
                    app: "clicks", name: "clicks_windowed", triggerSeconds: 10, rowsPerSecond: 240,
                    headroom: 4,
                    stateRows: 4_200, hasWatermark: true),
            ],
            dstream: "legacy_ingest"),
        PlaneSpecification(
            tenant: "acme", plane: "prod-us",
            dags: [
                DagSpecification(id: "ingest_orders", everySeconds: 60, durationSeconds: 25, taskCount: 4),
                DagSpecification(
                    id: "daily_features_us_clicks_v3", everySeconds: 300, durationSeconds: 160, taskCount: 11),
                DagSpecification(id: "sessionise", everySeconds: 120, durationSeconds: 55, taskCount: 5),
            ],
            queries: [
                QuerySpecification(
                    app: "orders", name: "orders_fast", triggerSeconds: 5, rowsPerSecond: 1900, headroom: 5,
                    stateRows: 0, hasWatermark: false),
                QuerySpecification(
                    app: "clicks", name: "clicks_windowed", triggerSeconds: 10, rowsPerSecond: 1500,
                    headroom: 3,
                    stateRows: 18_000, hasWatermark: true),
            ]),
        PlaneSpecification(
            tenant: "globex", plane: "prod",
            dags: [
                DagSpecification(id: "reconcile", everySeconds: 180, durationSeconds: 70, taskCount: 6),
                DagSpecification(id: "ledger_close", everySeconds: 300, durationSeconds: 95, taskCount: 8),
                DagSpecification(id: "fraud_scores", everySeconds: 60, durationSeconds: 18, taskCount: 3),
            ],
            queries: [
                QuerySpecification(
                    app: "payments", name: "payments_enriched", triggerSeconds: 10, rowsPerSecond: 410,
                    headroom: 2.4,
                    stateRows: 900, hasWatermark: true)
            ]),
        PlaneSpecification(
            tenant: "initech", plane: "prod",
            dags: [
                DagSpecification(id: "tps_reports", everySeconds: 120, durationSeconds: 33, taskCount: 3),
                DagSpecification(id: "warehouse_load", everySeconds: 300, durationSeconds: 120, taskCount: 9),
            ],
            queries: [
                QuerySpecification(
                    app: "telemetry", name: "printer_events", triggerSeconds: 15, rowsPerSecond: 75,
                    headroom: 8,
                    stateRows: 0, hasWatermark: false)
            ]),
        PlaneSpecification(
            tenant: "umbrella", plane: "eu",
            dags: [
                DagSpecification(id: "lab_samples", everySeconds: 120, durationSeconds: 40, taskCount: 4),
                DagSpecification(id: "assay_merge", everySeconds: 300, durationSeconds: 88, taskCount: 7),
            ],
            queries: [
                QuerySpecification(
                    app: "sensors", name: "sensor_readings", triggerSeconds: 10, rowsPerSecond: 120,
                    headroom: 5,
                    stateRows: 300, hasWatermark: true)
            ]),
        PlaneSpecification(
            tenant: "umbrella", plane: "us",
            dags: [
                DagSpecification(id: "lab_samples", everySeconds: 120, durationSeconds: 38, taskCount: 4),
                DagSpecification(id: "assay_merge", everySeconds: 300, durationSeconds: 84, taskCount: 7),
            ],
            queries: [
                QuerySpecification(
                    app: "sensors", name: "sensor_readings", triggerSeconds: 10, rowsPerSecond: 88,
                    headroom: 5,
                    stateRows: 260, hasWatermark: true)
            ]),
    ]
}
