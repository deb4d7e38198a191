import JSON
import MetricModel

extension EnvelopeDecoder {
    /// What was read of one metric before it is known to be whole.
    private struct Metric {
        var name: JSONText?
        var type: MetricType?
        var typeCode: UInt8 = 0
        var unit: JSONText?
        var help: JSONText?
        var labels = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        var hasPoints = false
        var hasQuantiles = false
        var hasBuckets = false
        var count: Double?
        var sum: Double?
        var min: Double?
        var max: Double?
        var seen: UInt16 = 0
        /// The text from the opening brace to the points, when that says all there is to say.
        var prefix: UnsafeBufferPointer<UInt8>?
    }

    private enum Field: UInt16 {
        case name = 0, type, unit, help, labels, points, count, sum, min, max, quantiles, buckets
    }

    /// Reads `metrics`; a metric against the rules costs itself, ill-formed JSON the message.
    mutating func readMetrics(
        _ scanner: inout JSONScanner, into message: inout DecodedMessage,
        cache: inout SeriesCache
    ) throws(JSONError) {
        field = "metrics"
        var index = 0
        try scanner.beginArray()
        while try scanner.nextElement() {
            if index == EnvelopeLimits.metricsMax {
                throw refuse(.tooLarge, "more than \(EnvelopeLimits.metricsMax) metrics")
            }
            let mark = scanner.mark
            let before = points.mark
            do throws(JSONError) {
                try readMetric(&scanner, into: &message, cache: &cache)
            } catch {
                if refusal != nil { throw error }
                let reason = partReason ?? "`\(field)`: \(error.message)"
                partReason = nil
                scanner.rewind(to: mark)
                try scanner.skipValue()
                points.rewind(to: before)
                message.refuse("metrics[\(index)]", reason)
            }
            field = "metrics"
            index += 1
        }
    }

    private mutating func readMetric(
        _ scanner: inout JSONScanner, into message: inout DecodedMessage,
        cache: inout SeriesCache
    ) throws(JSONError) {
        field = "points"
        if try readFollower(&scanner, into: &message, cache: &cache) { return }
        var metric = Metric()
        field = "metrics"
        let start = scanner.position
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            guard let (name, field) = Self.metricField(key) else {
                metric.prefix = nil
                try scanner.skipValue()
                continue
            }
            self.field = name
            // Something after the points, or a help text that is to be passed on: the text before them is not all.
            metric.prefix = nil
            let bit: UInt16 = 1 << field.rawValue
            if metric.seen & bit != 0 { throw part("`\(name)` comes twice") }
            metric.seen |= bit
            switch field {
            case .name: metric.name = try scanner.string()
            case .type: (metric.type, metric.typeCode) = Self.type(try scanner.string())
            case .unit: metric.unit = try scanner.string()
            case .help: metric.help = try helpText(&scanner)
            case .labels: metric.labels = try labelSpan(&scanner)
            case .points:
                if metric.help == nil {
                    metric.prefix = UnsafeBufferPointer(rebasing: scanner.bytes[start..<scanner.position])
                }
                try readPoints(&scanner)
                metric.hasPoints = true
            case .count: metric.count = try readValue(&scanner, "count")
            case .sum: metric.sum = try readValue(&scanner, "sum")
            case .min: metric.min = try readValue(&scanner, "min")
            case .max: metric.max = try readValue(&scanner, "max")
            case .quantiles:
                try readQuantiles(&scanner)
                metric.hasQuantiles = true
            case .buckets:
                try readBuckets(&scanner)
                metric.hasBuckets = true
            }
        }
        guard let name = metric.name else { throw part("`name` is missing") }
        guard let type = metric.type else { throw part("`type` is missing") }
        if type == .summary || type == .histogram {
            try finishDistribution(metric, type, into: &message, cache: &cache)
        } else {
            guard metric.hasPoints else { throw part("`points` is missing") }
            if points.openCount == 0 { return }
            let slot = try series(metric, name, type, into: &message, cache: &cache)
            points.close(slot)
            if metric.prefix != nil {
                cache.link(previous, to: slot)
                previous = slot
            }
        }
        // A help text is rare, and news whenever it comes.
        if let help = metric.help { noteMetadata(metric, name, type, help: help, into: &message) }
    }

    /// Reads the metric at the cursor if it is the one that usually follows and nothing but its points is new.
    ///
    /// - Returns: whether it was; else the cursor has not moved.
    private mutating func readFollower(
        _ scanner: inout JSONScanner, into message: inout DecodedMessage, cache: inout SeriesCache
    ) throws(JSONError) -> Bool {
        guard let previous, case .object = try scanner.peek() else { return false }
        let rest = UnsafeRawBufferPointer(
            rebasing: UnsafeRawBufferPointer(scanner.bytes)[scanner.position...])
        let found = withUnsafeBytes(of: (identity, UInt8(0))) { head in
            // Five bytes: the tuple is not padded in front or between.
            cache.follower(of: previous, head: UnsafeRawBufferPointer(rebasing: head[..<5]), text: rest)
        }
        guard let found else { return false }
        let mark = scanner.mark
        try scanner.beginObject()
        scanner.skipKnown(found.length - 1, asValue: false)
        try readPoints(&scanner)
        guard try scanner.nextKey() == nil else {
            // More than was known follows.
            pointCount -= points.openCount
            points.removeOpen()
            scanner.rewind(to: mark)
            return false
        }
        points.close(found.slot)
        self.previous = found.slot
        return true
    }

    private static func metricField(_ key: JSONText) -> (StaticString, Field)? {
        if key.hasEscapes {
            var unescaped = key.string
            return unescaped.withUTF8 { metricField(JSONText(raw: $0, hasEscapes: false)) }
        }
        switch (key.raw.count, key.word) {
        case (3, JSONText.word("sum")): return ("sum", .sum)
        case (3, JSONText.word("min")): return ("min", .min)
        case (3, JSONText.word("max")): return ("max", .max)
        case (4, JSONText.word("name")): return ("name", .name)
        case (4, JSONText.word("type")): return ("type", .type)
        case (4, JSONText.word("unit")): return ("unit", .unit)
        case (4, JSONText.word("help")): return ("help", .help)
        case (5, JSONText.word("count")): return ("count", .count)
        case (6, JSONText.word("labels")): return ("labels", .labels)
        case (6, JSONText.word("points")): return ("points", .points)
        case (7, JSONText.word("buckets")): return ("buckets", .buckets)
        case (9, _) where key.isEqual(to: "quantiles"): return ("quantiles", .quantiles)
        default: return nil
        }
    }

    /// The type and a code for cache keys; a type of a later version reads as `unknown`.
    private static func type(_ text: JSONText) -> (MetricType, UInt8) {
        if text.isEqual(to: "gauge") { return (.gauge, 1) }
        if text.isEqual(to: "counter") { return (.counter, 2) }
        if text.isEqual(to: "summary") { return (.summary, 3) }
        if text.isEqual(to: "histogram") { return (.histogram, 4) }
        if text.isEqual(to: "state") { return (.state, 5) }
        return (.unknown, 6)
    }

    private mutating func helpText(_ scanner: inout JSONScanner) throws(JSONError) -> JSONText {
        let help = try scanner.string()
        if help.raw.count > EnvelopeLimits.helpBytesMax {
            let count = help.string.utf8.count
            guard count <= EnvelopeLimits.helpBytesMax else {
                throw part("`help` has \(count) bytes; at most \(EnvelopeLimits.helpBytesMax) are allowed")
            }
        }
        return help
    }

    // MARK: Values

    /// `[[ts_ms, value], …]` as open points.
    private mutating func readPoints(_ scanner: inout JSONScanner) throws(JSONError) {
        if try readPointAtKnownTime(&scanner) { return }
        let start = scanner.position
        var text = start..<start
        var last: Int64 = -1
        var count = 0
        try scanner.beginArray()
        while try scanner.nextElement() {
            count += 1
            pointCount += 1
            if count > EnvelopeLimits.pointsPerMetricMax {
                throw part("more than \(EnvelopeLimits.pointsPerMetricMax) points")
            }
            try countPoint()
            try scanner.beginArray()
            guard try scanner.nextElement() else { throw part("a point is [ts_ms, value]") }
            guard let time = try scanner.number().integer, time >= 0, time <= EnvelopeLimits.integerMax else {
                throw part("the time of point \(count) is not an integer from 0 to 2⁵³ − 1")
            }
            guard try scanner.nextElement() else { throw part("a point is [ts_ms, value]") }
            if count == 1 { text = start..<scanner.position }
            let value: Double
            switch try scanner.peek() {
            case .null:
                try scanner.null()
                value = StaleMarker.value
            default: value = try readValue(&scanner, "points")
            }
            if try scanner.nextElement() { throw part("a point is [ts_ms, value]") }
            guard time > last else { throw part("point \(count) is not later than the one before it") }
            last = time
            let shifted = time &+ shift
            if shifted > latest {
                throw part("point \(count) is more than \(EnvelopeLimits.aheadMax) ahead of the clock here")
            }
            if count == 1 { knownTime = (text, Timestamp(milliseconds: shifted)) }
            points.append(Sample(Timestamp(milliseconds: shifted), value))
        }
    }

    /// Reads the points at the cursor if they are one number, at the time of a point read before: mostly all of a message
    /// have one time.
    ///
    /// - Returns: whether they were; else the cursor has not moved.
    private mutating func readPointAtKnownTime(_ scanner: inout JSONScanner) throws(JSONError) -> Bool {
        let bytes = UnsafeRawBufferPointer(scanner.bytes)
        guard let (text, time) = knownTime, text.count <= bytes.count - scanner.position else { return false }
        let next = UnsafeRawBufferPointer(rebasing: bytes[scanner.position..<scanner.position + text.count])
        guard equalBytes(bytes.baseAddress! + text.lowerBound, next) else { return false }
        let mark = scanner.mark
        // The brackets that this passes over are closed again below.
        scanner.skipKnown(text.count, asValue: false)
        if case .number = try scanner.peek() {
            let value = try scanner.number().double
            let end = scanner.position
            if value.isFinite, end + 1 < bytes.count, bytes[end] == UInt8(ascii: "]"),
                bytes[end + 1] == UInt8(ascii: "]")
            {
                pointCount += 1
                try countPoint()
                scanner.skipKnown(2, asValue: true)
                points.append(Sample(time, value))
                return true
            }
        }
        scanner.rewind(to: mark)
        return false
    }

    private mutating func countPoint() throws(JSONError) {
        if pointCount > EnvelopeLimits.pointsMax {
            throw refuse(.tooLarge, "more than \(EnvelopeLimits.pointsMax) points")
        }
    }

    /// A number, or `"NaN"`, `"+Inf"`, `"-Inf"`.
    private mutating func readValue(
        _ scanner: inout JSONScanner, _ name: StaticString
    ) throws(JSONError) -> Double {
        switch try scanner.peek() {
        case .number:
            let number = try scanner.number().double
            guard number.isFinite else { throw part("`\(name)`: a number beyond the range of a double") }
            return number
        case .string:
            let text = try scanner.string()
            if text.isEqual(to: "NaN") { return .nan }
            if text.isEqual(to: "+Inf") { return .infinity }
            if text.isEqual(to: "-Inf") { return -.infinity }
            throw part("`\(name)`: the only strings for values are \"NaN\", \"+Inf\" and \"-Inf\"")
        default: throw JSONError(.expected(.init("a number")), at: scanner.position)
        }
    }

    /// `{"0.5": value, …}` into `quantiles`.
    private mutating func readQuantiles(_ scanner: inout JSONScanner) throws(JSONError) {
        quantiles.removeAll(keepingCapacity: true)
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if quantiles.count == EnvelopeLimits.quantilesMax {
                throw part("more than \(EnvelopeLimits.quantilesMax) quantiles")
            }
            let text = key.string
            guard let quantile = Double(text), quantile >= 0, quantile <= 1 else {
                throw part("quantile `\(text)` is not a number from 0 to 1")
            }
            if quantiles.contains(where: { $0.quantile == quantile }) {
                throw part("quantile `\(text)` comes twice")
            }
            let value = try readValue(&scanner, "quantiles")
            pointCount += 1
            try countPoint()
            quantiles.append((quantile, value))
        }
    }

    /// `[[le, cumulative count], …]` into `buckets`.
    private mutating func readBuckets(_ scanner: inout JSONScanner) throws(JSONError) {
        buckets.removeAll(keepingCapacity: true)
        try scanner.beginArray()
        while try scanner.nextElement() {
            if buckets.count == EnvelopeLimits.bucketsMax {
                throw part("more than \(EnvelopeLimits.bucketsMax) buckets")
            }
            try scanner.beginArray()
            guard try scanner.nextElement() else { throw part("a bucket is [le, count]") }
            let bound = try readValue(&scanner, "buckets")
            guard try scanner.nextElement() else { throw part("a bucket is [le, count]") }
            let count = try readValue(&scanner, "buckets")
            if try scanner.nextElement() { throw part("a bucket is [le, count]") }
            guard !bound.isNaN, buckets.last.map({ $0.bound < bound }) ?? true else {
                throw part("the bounds of the buckets do not ascend")
            }
            guard count >= 0, count.isFinite, buckets.last.map({ $0.count <= count }) ?? true else {
                throw part("the counts of the buckets are not cumulative")
            }
            pointCount += 1
            try countPoint()
            buckets.append((bound, count))
        }
    }

    // MARK: Distributions

    /// Turns a summary or a histogram into the series that Prometheus has for it, all at the time of collection.
    private mutating func finishDistribution(
        _ metric: Metric, _ type: MetricType, into message: inout DecodedMessage,
        cache: inout SeriesCache
    ) throws(JSONError) {
        if metric.hasPoints { throw part("a \(type.rawValue) has no `points`") }
        guard let name = metric.name, let count = metric.count else { throw part("`count` is missing") }
        guard count >= 0, count.isFinite else { throw part("`count` is not a number of things") }
        if type == .histogram {
            guard metric.hasBuckets else { throw part("`buckets` is missing") }
            guard let last = buckets.last, last.bound == .infinity, last.count == count else {
                throw part("the last bucket must be [\"+Inf\", count]")
            }
            if metric.hasQuantiles { throw part("a histogram has no `quantiles`") }
            for (bound, cumulative) in buckets {
                try append(
                    metric, name, type, "_bucket", ("le", bound), cumulative, into: &message,
                    cache: &cache)
            }
        } else {
            if metric.hasBuckets { throw part("a summary has no `buckets`") }
            if metric.hasQuantiles {
                for (quantile, value) in quantiles {
                    try append(
                        metric, name, type, "", ("quantile", quantile), value, into: &message,
                        cache: &cache)
                }
            }
        }
        let parts: [(StaticString, Double?)] = [
            ("_count", count), ("_sum", metric.sum), ("_min", metric.min), ("_max", metric.max),
        ]
        for (suffix, value) in parts {
            guard let value else { continue }
            try append(metric, name, type, suffix, nil, value, into: &message, cache: &cache)
        }
    }

    private mutating func append(
        _ metric: Metric, _ name: JSONText, _ type: MetricType, _ suffix: StaticString,
        _ extra: (name: StaticString, value: Double)?, _ value: Double, into message: inout DecodedMessage,
        cache: inout SeriesCache
    ) throws(JSONError) {
        let slot = try series(
            metric, name, type, suffix: suffix, extra: extra, into: &message, cache: &cache)
        points.append(Sample(message.collected, value))
        points.close(slot)
    }

    // MARK: Labels

    /// Reads over the labels and gives the bytes that they stand in; their rules are checked when they are new.
    private mutating func labelSpan(
        _ scanner: inout JSONScanner
    ) throws(JSONError) -> UnsafeBufferPointer<UInt8> {
        _ = try scanner.peek()
        let start = scanner.position
        try scanner.beginObject()
        while try scanner.nextKey() != nil { _ = try scanner.string() }
        return UnsafeBufferPointer(rebasing: scanner.bytes[start..<scanner.position])
    }

    /// The slot of one of the metric's series, found in the cache when its bytes came before.
    private mutating func series(
        _ metric: Metric, _ name: JSONText, _ type: MetricType, suffix: StaticString = "",
        extra: (name: StaticString, value: Double)? = nil, into message: inout DecodedMessage,
        cache: inout SeriesCache
    ) throws(JSONError) -> SeriesSlot {
        key.removeAll(keepingCapacity: true)
        withUnsafeBytes(of: identity) { key.append(contentsOf: $0) }
        if let prefix = metric.prefix {
            key.append(0)
            key.append(contentsOf: prefix)
        } else {
            appendKey(metric, name, suffix, extra)
        }
        if let found = key.withUnsafeBytes({ cache.find($0) }) { return found }
        try assemble(metric, name, type, message)
        let metricName = Array(name.string.utf8) + suffix.withUTF8Buffer { Array($0) }
        labels.append(LabelSet.metricName.utf8, metricName)
        if let extra {
            labels.append(
                extra.name.withUTF8Buffer { Array($0) }, Array(prometheusNumber(extra.value).utf8))
        }
        let set = labels.labels()
        let slot = key.withUnsafeBytes { cache.insert($0, set) }
        if message.metadata.last?.name != name.string {
            noteMetadata(metric, name, type, help: nil, into: &message)
        }
        return slot
    }

    /// The parts that identify a series, put together where the text itself cannot serve as the key.
    private mutating func appendKey(
        _ metric: Metric, _ name: JSONText, _ suffix: StaticString,
        _ extra: (name: StaticString, value: Double)?
    ) {
        key.append(metric.typeCode)
        // No JSON string holds a zero byte, so it ends each part.
        key.append(contentsOf: name.raw)
        key.append(0)
        if let unit = metric.unit { key.append(contentsOf: unit.raw) }
        key.append(0)
        key.append(contentsOf: metric.labels)
        if suffix.utf8CodeUnitCount > 0 || extra != nil {
            key.append(0)
            suffix.withUTF8Buffer { key.append(contentsOf: $0) }
            if let extra { withUnsafeBytes(of: extra.value.bitPattern) { key.append(contentsOf: $0) } }
        }
    }

    /// Collects and checks the labels but for the name.
    private mutating func assemble(
        _ metric: Metric, _ name: JSONText, _ type: MetricType, _ message: DecodedMessage
    ) throws(JSONError) {
        let text = name.string
        guard let first = text.utf8.first, isNameStart(first), text.utf8.allSatisfy(isNameByte) else {
            throw part("name `\(text)` is not of the form [a-zA-Z_:][a-zA-Z0-9_:]*")
        }
        guard text.utf8.count <= EnvelopeLimits.nameBytesMax else {
            throw part("name of \(text.utf8.count) bytes; at most \(EnvelopeLimits.nameBytesMax) are allowed")
        }
        if let unit = metric.unit, let reason = unitFault(unit.string, name: text) { throw part(reason) }
        labels.removeAll()
        for label in commonLabels { labels.append(label.name.utf8, label.value.utf8) }
        let start = labels.count
        if !metric.labels.isEmpty {
            var scanner = try JSONScanner(metric.labels)
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                let name = key.string
                let value = try scanner.string().string
                if labels.count - start == EnvelopeLimits.labelsPerMetricMax {
                    throw part("more than \(EnvelopeLimits.labelsPerMetricMax) labels")
                }
                if let reason = labelFault(name, value) { throw part(reason) }
                if labels.firstIndex(of: name.utf8, from: start) != nil {
                    throw part("label `\(name)` comes twice")
                }
                if type == .histogram && name == "le" || type == .summary && name == "quantile" {
                    throw part("label `\(name)` of a \(type.rawValue) belongs to its own series")
                }
                for (own, known) in [("tenant", message.tenant), ("plane", message.plane)]
                where name == own && !known.isEmpty && value != known {
                    throw part("label `\(name)` is `\(value)`, but the message is of `\(known)`")
                }
                labels.append(name.utf8, value.utf8)
            }
        }
        // Without tenant or plane, labels of those names stay as they came.
        if !message.tenant.isEmpty { labels.append("tenant".utf8, message.tenant.utf8) }
        if !message.plane.isEmpty { labels.append("plane".utf8, message.plane.utf8) }
    }

    private mutating func noteMetadata(
        _ metric: Metric, _ name: JSONText, _ type: MetricType, help: JSONText?,
        into message: inout DecodedMessage
    ) {
        let metadata = MetricMetadata(
            name: name.string, type: type, unit: metric.unit?.string ?? "", help: help?.string ?? "")
        if let last = message.metadata.indices.last, message.metadata[last].name == metadata.name {
            message.metadata[last] = metadata
        } else {
            message.metadata.append(metadata)
        }
    }

    /// Notes why the current part is refused; the error returned only ends its reading.
    mutating func part(_ reason: String) -> JSONError {
        partReason = reason
        return JSONError(.refusedByReader, at: 0)
    }
}
