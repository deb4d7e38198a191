import JSON
import MetricModel

/// One series of a Prometheus answer.
struct PrometheusSeries {
    var labels: [String: String]
    /// With their own times, oldest first.
    var samples: [Sample]
}

/// Asks a Prometheus server.
struct PrometheusClient {
    var source: JSONSource

    /// The answer to an instant query.
    ///
    /// Ask for a range (`x[2m]`) to learn when samples were taken: an instant vector carries the time of the evaluation,
    /// and keeps a dead series alive for five minutes.
    mutating func query(_ expression: String, now: () -> Timestamp) throws(SourceProblem)
        -> [PrometheusSeries]
    {
        let answer = try source.get("/api/v1/query", [("query", expression)], now: now)
        guard answer["status"]?.string == "success", let data = answer["data"] else {
            let text = answer["error"]?.string ?? "no data in the answer"
            throw SourceProblem(
                source: source.name, code: answer["errorType"]?.string ?? "garbled", text: text)
        }
        let result = data["result"]
        switch data["resultType"]?.string {
        case "vector":
            return (result?.elements ?? []).map { element in
                PrometheusSeries(
                    labels: labels(element), samples: [sample(element["value"])].compactMap { $0 })
            }
        case "matrix":
            return (result?.elements ?? []).map { element in
                PrometheusSeries(
                    labels: labels(element),
                    samples: (element["values"]?.elements ?? []).compactMap { sample($0) })
            }
        // A scalar is one pair, not a list of series.
        case "scalar": return [PrometheusSeries(labels: [:], samples: [sample(result)].compactMap { $0 })]
        case let type:
            throw SourceProblem(
                source: source.name, code: "bad_data",
                text: "the query gives a \(type ?? "answer without a type"), not numbers")
        }
    }

    private func labels(_ element: JSONValue) -> [String: String] {
        var labels: [String: String] = [:]
        if let metric = element["metric"]?.object {
            for (name, value) in metric { labels[name] = value.string ?? "" }
        }
        return labels
    }

    /// `[seconds, "value"]`: values are strings, `NaN` and infinities among them.
    private func sample(_ pair: JSONValue?) -> Sample? {
        guard let pair = pair?.array, pair.count == 2, let seconds = pair[0].number,
            let text = pair[1].string,
            let value = Double(text == "+Inf" ? "inf" : text == "-Inf" ? "-inf" : text)
        else { return nil }
        return Sample(Timestamp(seconds: seconds), value)
    }
}
