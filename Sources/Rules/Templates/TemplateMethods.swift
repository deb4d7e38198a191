/// The methods that templates may call on times and durations: `(… | toTime).Format "15:04"`.
extension TemplateExecutor {
    static func method(_ name: String, of receiver: TemplateValue) -> Function? {
        switch receiver {
        case .time(let time): timeMethod(name, time)
        case .duration(let nanoseconds, _): durationMethod(name, nanoseconds)
        case .named(_, _, let text) where name == "String":
            Function([]) { _, _ throws(TemplateError) in .string(text) }
        default: nil
        }
    }

    private static func constant(_ value: TemplateValue) -> Function {
        Function([]) { _, _ throws(TemplateError) in value }
    }

    private static func timeMethod(_ name: String, _ time: GoTime) -> Function? {
        switch name {
        case "Format":
            return Function([.string]) { values, _ throws(TemplateError) in
                guard case .string(let layout) = values[0] else { return .nothing }
                return .string(time.format(layout))
            }
        case "String": return constant(.string(time.description))
        case "Unix": return constant(.int(time.unixSeconds))
        case "UnixMilli": return constant(.int(time.unixSeconds * 1000 + time.fraction / 1_000_000))
        case "UnixMicro": return constant(.int(time.unixSeconds * 1_000_000 + time.fraction / 1000))
        case "UnixNano": return constant(.int(time.nanoseconds))
        case "Year": return constant(.int(Int64(time.year)))
        case "Month":
            let month = time.month
            return constant(.named(Int64(month), type: "time.Month", name: GoTime.monthNames[month - 1]))
        case "Day": return constant(.int(Int64(time.day)))
        case "Hour": return constant(.int(Int64(time.hour)))
        case "Minute": return constant(.int(Int64(time.minute)))
        case "Second": return constant(.int(Int64(time.second)))
        case "Nanosecond": return constant(.int(time.fraction))
        case "Weekday":
            return constant(
                .named(Int64(time.weekday), type: "time.Weekday", name: GoTime.dayNames[time.weekday]))
        case "YearDay": return constant(.int(Int64(time.dayOfYear)))
        // The zone is always UTC.
        case "UTC", "Local": return constant(.time(time))
        // Go's zero is the year 1, which nanoseconds since 1970 cannot reach.
        case "IsZero": return constant(.bool(false))
        case "Add":
            return Function([.duration]) { values, _ throws(TemplateError) in
                guard case .duration(let nanoseconds, _) = values[0] else { return .nothing }
                return .time(GoTime(nanoseconds: time.nanoseconds &+ nanoseconds))
            }
        case "Sub": return comparing(time) { .duration($0 &- $1, isPointer: false) }
        case "Before": return comparing(time) { .bool($0 < $1) }
        case "After": return comparing(time) { .bool($0 > $1) }
        case "Equal": return comparing(time) { .bool($0 == $1) }
        case "Compare": return comparing(time) { .int($0 < $1 ? -1 : $0 > $1 ? 1 : 0) }
        case "Truncate":
            return Function([.duration]) { values, _ throws(TemplateError) in
                guard case .duration(let step, _) = values[0], step > 0 else { return .time(time) }
                let rest = time.nanoseconds % step
                return .time(GoTime(nanoseconds: time.nanoseconds &- (rest < 0 ? rest + step : rest)))
            }
        default: return nil
        }
    }

    private static func comparing(
        _ time: GoTime, _ compare: @escaping @Sendable (Int64, Int64) -> TemplateValue
    ) -> Function {
        Function([.time]) { values, _ throws(TemplateError) in
            guard case .time(let other) = values[0] else { return .nothing }
            return compare(time.nanoseconds, other.nanoseconds)
        }
    }

    private static func durationMethod(_ name: String, _ nanoseconds: Int64) -> Function? {
        switch name {
        case "String": return constant(.string(GoTime.durationText(nanoseconds)))
        case "Hours": return constant(.float(Double(nanoseconds) / 3.6e12))
        case "Minutes": return constant(.float(Double(nanoseconds) / 6e10))
        case "Seconds": return constant(.float(Double(nanoseconds) / 1e9))
        case "Milliseconds": return constant(.int(nanoseconds / 1_000_000))
        case "Microseconds": return constant(.int(nanoseconds / 1000))
        case "Nanoseconds": return constant(.int(nanoseconds))
        case "Abs":
            return constant(.duration(nanoseconds == .min ? .max : abs(nanoseconds), isPointer: false))
        case "Truncate", "Round":
            return Function([.duration]) { values, _ throws(TemplateError) in
                guard case .duration(let step, _) = values[0], step > 0 else {
                    return .duration(nanoseconds, isPointer: false)
                }
                let rest = nanoseconds % step
                var result = nanoseconds - rest
                // Halves go away from zero.
                if name == "Round", rest.magnitude >= step.magnitude - rest.magnitude {
                    result = result.addingReportingOverflow(rest < 0 ? -step : step).partialValue
                }
                return .duration(result, isPointer: false)
            }
        default: return nil
        }
    }
}
