import JSON
import Messaging
import MetricModel

/// Gives the message decoders inputs made from `seed` and checks their laws on each: no crash, no input that takes long,
/// a refusal has words, label sets are sorted and without empty values, points of an envelope ascend, and what a decoder
/// remembers of other messages changes nothing.
///
/// Inputs are messages of the corpus with bytes changed, words put in, and parts cut, repeated and exchanged.
///
/// - Parameters:
///   - corpus: messages to start from, beside the built-in ones.
///   - progress: told every million inputs.
/// - Returns: counts, and the first broken law.
package func fuzzDecoders(
    iterations: Int, seed: UInt64, corpus: [[UInt8]] = [], progress: (FuzzReport) -> Void = { _ in }
) -> FuzzReport {
    var generator = MessageGenerator(seed: seed, corpus: corpus)
    var report = FuzzReport()
    var warm = MessageDecoder(cache: SeriesCache(countMax: 4_096, bytesMax: 1 << 20))
    let start = threadSeconds()
    while report.iterations < iterations {
        let delivery = generator.next()
        let before = threadSeconds()
        let broken = brokenLaw(delivery, &warm, isAccepted: &report.accepted)
        let milliseconds = (threadSeconds() - before) * 1000
        report.iterations += 1
        report.slowestMilliseconds = max(report.slowestMilliseconds, milliseconds)
        report.cpuSeconds = threadSeconds() - start
        if let broken {
            report.failure = "\(broken): \(String(decoding: delivery.body, as: UTF8.self).debugDescription)"
        }
        if milliseconds > messageMillisecondsMax {
            report.failure = "took \(milliseconds) ms for \(delivery.body.count) bytes"
        }
        if report.failure != nil { break }
        if report.iterations % 1_000_000 == 0 { progress(report) }
    }
    return report
}

/// CPU time within which any message of the lengths made here must be dealt with, however busy the machine.
private let messageMillisecondsMax = 2000.0

private func brokenLaw(
    _ delivery: Delivery, _ warm: inout MessageDecoder, isAccepted: inout Int
) -> String? {
    var fresh = MessageDecoder(cache: SeriesCache(countMax: 64, bytesMax: 1 << 16))
    let first = outcome(delivery, &fresh)
    let second = outcome(delivery, &warm)
    switch (first, second) {
    case (.failure(let a), .failure(let b)):
        if a != b { return "a decoder that knows other messages refuses for another reason: \(a) / \(b)" }
        if a.description.isEmpty { return "a refusal without words" }
        return nil
    case (.success(let a), .success(let b)):
        isAccepted += 1
        if a.series != b.series || a.refusedParts != b.refusedParts || a.events != b.events {
            return "a decoder that knows other messages gives other series"
        }
        return brokenLaw(of: a)
    default: return "a decoder that knows other messages decides differently"
    }
}

private func outcome(_ delivery: Delivery, _ decoder: inout MessageDecoder) -> Result<DecodedMessage, Refusal>
{
    do throws(Refusal) {
        return .success(try decoder.decode(delivery))
    } catch {
        return .failure(error)
    }
}

private func brokenLaw(of message: DecodedMessage) -> String? {
    for series in message.series {
        var previous: String?
        for label in series.labels.labels {
            if label.value.isEmpty { return "an empty label value" }
            if let previous, !previous.utf8.lexicographicallyPrecedes(label.name.utf8) {
                return "labels not sorted"
            }
            previous = label.name
        }
        if series.labels.name == nil { return "a series without a name" }
        if series.samples.isEmpty { return "a series without samples" }
        guard message.format == .envelope else { continue }
        for index in series.samples.indices.dropFirst()
        where series.samples[index].timestamp <= series.samples[index - 1].timestamp {
            return "points do not ascend"
        }
    }
    if message.refusedPartCount < message.refusedParts.count { return "refused parts miscounted" }
    return nil
}

/// Makes deliveries out of a seed.
private struct MessageGenerator {
    private var random: FuzzRandom
    private let corpus: [[UInt8]]

    private static let words: [String] = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0041", "\\ud83d\\ude00", "\\ud800", "null", "true", "0",
        "-1",
        "1e999", "9007199254740993", "1790899200000", "\"NaN\"", "\"+Inf\"", "\"v\":1", "\"v\":2,",
        "\"points\":",
        "\"labels\":{}", "\"type\":\"histogram\"", "\"type\":\"summary\"", "\"buckets\":[[\"+Inf\",1]]",
        "\"count\":1", "\"help\":\"x\"", "\"tenant\":\"acme\"", "# ", "# TYPE ", "# EOF\n", "# HELP a ", "\n",
        " ",
        "\t", "_total", "_bucket", "le=\"1\"", " # {} 1", "{a=\"b\"}", "NaN", "é", "\u{202e}", "\0", "\r",
    ]

    init(seed: UInt64, corpus: [[UInt8]]) {
        random = FuzzRandom(seed: seed)
        self.corpus = corpus + Self.builtIn.map { Array($0.utf8) }
    }

    mutating func next() -> Delivery {
        var body = random.pick(corpus)
        // Most of the inputs stay close to the good messages, where the deep code is.
        for _ in 0..<(random.chance(3, in: 4) ? random.below(3) : random.below(12)) { mutate(&body) }
        var delivery = Delivery(
            received: Timestamp(milliseconds: 1_790_899_205_000),
            routingKey: random.chance(1, in: 8) ? "" : "metrics.acme.eu.airflow.dag", body: body)
        switch random.below(8) {
        case 0: delivery.properties.type = "prometheus.text"
        case 1: delivery.properties.type = "openmetrics.text"
        case 2: delivery.properties.type = "planetop.metrics.v1"
        default: break
        }
        if random.chance(1, in: 200) {
            delivery.properties.contentEncoding = "gzip"
            delivery.body = deflatedGzip(body)
            if random.chance(1, in: 2) { mutate(&delivery.body) }
        }
        return delivery
    }

    private mutating func mutate(_ body: inout [UInt8]) {
        let place = random.below(body.count + 1)
        let end = min(body.count, place + random.below(random.chance(1, in: 4) ? 200 : 12))
        switch random.below(8) {
        case 0: if place < body.count { body[place] = UInt8(truncatingIfNeeded: random.next()) }
        case 1: if place < body.count { body[place] ^= 1 << UInt8(random.below(8)) }
        case 2: body.removeSubrange(place..<end)
        case 3: body.insert(contentsOf: Array(body[place..<end]), at: place)
        case 4, 5: body.insert(contentsOf: Array(random.pick(Self.words).utf8), at: place)
        case 6:
            let other = random.pick(corpus)
            let from = random.below(other.count + 1)
            body.replaceSubrange(place..<end, with: other[from..<min(other.count, from + random.below(80))])
        default: body.removeSubrange(place...)
        }
        if body.count > 20_000 { body.removeSubrange(20_000...) }
    }

    private static let header =
        #"{"v":1,"id":"01a0f9e9-2000-7da8-8b43-5c8e74616796","producer":{"name":"c","version":"1","instance":"i","start_ms":5},"seq":7,"ts":1790899200000,"interval_s":60,"#

    private static let builtIn: [String] = [
        header
            + #""metrics":[{"name":"a","type":"gauge","labels":{"x":"1"},"points":[[1790899200000,1]]},{"name":"b","type":"counter","labels":{"x":"2"},"points":[[1790899199000,1.5],[1790899200000,null]]}]}"#,
        header
            + #""labels":{"region":"eu"},"metrics":[{"name":"s_seconds","type":"summary","unit":"s","count":3,"sum":4.5,"min":1,"max":2,"quantiles":{"0.5":1,"0.99":2}},{"name":"h","type":"histogram","count":4,"sum":9,"buckets":[[1,2],["+Inf",4]]}],"partial":true}"#,
        header
            + #""metrics":[],"events":[{"ts":1790899200000,"kind":"run","subject":"d","from":"a","to":"b","text":"t"}],"errors":[{"source":"airflow","code":503,"text":"x"}]}"#,
        "{\n \"metrics\" : [ {\"points\":[[1790899200000,1]],\"name\":\"u\\u0070\",\"type\":\"gauge\"} ],\"tenant\":\"acme\",\"plane\":\"eu\","
            + header.dropFirst() + "\"errors\":[]}",
        "# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\"} 1027 1790899200000\nup 1\n{\"http.status\",env=\"prod\"} 1\n",
        "# TYPE d histogram\nd_bucket{le=\"0.05\"} 24\nd_bucket{le=\"+Inf\"} 31\nd_sum 53.4\nd_count 31\n",
        "# TYPE a counter\n# UNIT a_seconds seconds\na_total{x=\"1\"} 17 1790899200.5 # {trace=\"x\"} 1.5 1790899199\na_created 1\n# TYPE h histogram\nh_bucket{le=\"1\"} 3\nh_count 3\n# EOF\n",
        #"{"resourceMetrics":[]}"#, "beam.counter.a.b.c.committed.value 7 1790899200\n",
    ]
}
