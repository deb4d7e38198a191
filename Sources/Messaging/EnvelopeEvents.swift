import JSON
import MetricModel

extension EnvelopeDecoder {
    /// Reads `events`; one against the rules costs itself.
    mutating func readEvents(
        _ scanner: inout JSONScanner, into message: inout DecodedMessage
    ) throws(JSONError) {
        field = "events"
        var index = 0
        try scanner.beginArray()
        while try scanner.nextElement() {
            if index == EnvelopeLimits.eventsMax {
                throw refuse(.tooLarge, "more than \(EnvelopeLimits.eventsMax) events")
            }
            let mark = scanner.mark
            field = "events"
            do throws(JSONError) {
                message.events.append(try readEvent(&scanner))
            } catch {
                try passOver(&scanner, mark, error, place: "events[\(index)]", into: &message)
            }
            index += 1
        }
    }

    private mutating func readEvent(_ scanner: inout JSONScanner) throws(JSONError) -> DecodedMessage.Event {
        var event = DecodedMessage.Event(
            timestamp: .distantPast, kind: "", subject: "", from: "", to: "", text: "")
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            switch key.string {
            case "ts":
                field = "ts"
                guard let time = try scanner.number().integer, time >= 0, time <= EnvelopeLimits.integerMax
                else { throw part("`ts` is not an integer from 0 to 2⁵³ − 1") }
                event.timestamp = Timestamp(milliseconds: time &+ shift)
            case "kind": event.kind = try text(&scanner, "kind", EnvelopeLimits.eventNameBytesMax)
            case "subject": event.subject = try text(&scanner, "subject", EnvelopeLimits.eventNameBytesMax)
            case "from": event.from = try text(&scanner, "from", EnvelopeLimits.eventNameBytesMax)
            case "to": event.to = try text(&scanner, "to", EnvelopeLimits.eventNameBytesMax)
            case "text": event.text = try text(&scanner, "text", EnvelopeLimits.eventTextBytesMax)
            default: try scanner.skipValue()
            }
        }
        if event.timestamp == .distantPast { throw part("`ts` is missing") }
        if event.timestamp.milliseconds > latest {
            throw part("`ts` is more than \(EnvelopeLimits.aheadMax) ahead of the clock here")
        }
        if event.kind.isEmpty { throw part("`kind` is missing") }
        return event
    }

    /// Reads `errors`; one against the rules costs itself.
    mutating func readErrors(
        _ scanner: inout JSONScanner, into message: inout DecodedMessage
    ) throws(JSONError) {
        var index = 0
        try scanner.beginArray()
        while try scanner.nextElement() {
            if index == EnvelopeLimits.errorsMax {
                throw refuse(.tooLarge, "more than \(EnvelopeLimits.errorsMax) errors")
            }
            let mark = scanner.mark
            field = "errors"
            do throws(JSONError) {
                message.errors.append(try readError(&scanner))
            } catch {
                try passOver(&scanner, mark, error, place: "errors[\(index)]", into: &message)
            }
            index += 1
        }
    }

    private mutating func readError(
        _ scanner: inout JSONScanner
    ) throws(JSONError) -> DecodedMessage.SourceError {
        var result = DecodedMessage.SourceError(source: "", code: "", text: "")
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            switch key.string {
            case "source": result.source = try text(&scanner, "source", EnvelopeLimits.eventNameBytesMax)
            case "code":
                // HTTP statuses are numbers, most other codes words.
                if case .number = try scanner.peek() {
                    result.code = String(decoding: try scanner.number().raw, as: UTF8.self)
                } else {
                    result.code = try text(&scanner, "code", EnvelopeLimits.eventNameBytesMax)
                }
            case "text": result.text = try text(&scanner, "text", EnvelopeLimits.eventTextBytesMax)
            default: try scanner.skipValue()
            }
        }
        if result.source.isEmpty { throw part("`source` is missing") }
        return result
    }

    private mutating func text(
        _ scanner: inout JSONScanner, _ name: StaticString, _ bytesMax: Int
    ) throws(JSONError) -> String {
        field = name
        if case .null = try scanner.peek() {
            try scanner.null()
            return ""
        }
        let text = try scanner.string().string
        guard text.utf8.count <= bytesMax else {
            throw part("`\(name)` has \(text.utf8.count) bytes; at most \(bytesMax) are allowed")
        }
        return text
    }

    /// Goes on after a part that was refused, unless the whole message is.
    private mutating func passOver(
        _ scanner: inout JSONScanner, _ mark: JSONScanner.Mark, _ error: JSONError, place: String,
        into message: inout DecodedMessage
    ) throws(JSONError) {
        if refusal != nil { throw error }
        let reason = partReason ?? "`\(field)`: \(error.message)"
        partReason = nil
        scanner.rewind(to: mark)
        try scanner.skipValue()
        message.refuse(place, reason)
    }
}
