import MetricModel

/// A DAG or a query that is now in another state, and what to say of it.
struct StateChange {
    var time: Timestamp
    var from: String
    var to: String
    var text: String
}
