/// What is wrong with `unit` beside the metric's `name`; `nil` when they agree.
///
/// As in OpenMetrics a unit is the end of the name, before `_total`. Units may be written as Prometheus does (`seconds`)
/// or in UCUM (`s`, `By/s`); what is neither says nothing about the name and is accepted.
func unitFault(_ unit: String, name: String) -> String? {
    if unit.isEmpty { return nil }
    if unit.utf8.count > EnvelopeLimits.unitBytesMax {
        return "`unit` has \(unit.utf8.count) bytes; at most \(EnvelopeLimits.unitBytesMax) are allowed"
    }
    guard let suffix = unitSuffix(unit) else { return nil }
    var stem = Substring(name)
    for ending in ["_total", "_info"] where stem.hasSuffix(ending) { stem = stem.dropLast(ending.count) }
    if stem.hasSuffix("_" + suffix) || stem == suffix { return nil }
    return "unit `\(unit)` does not agree with name `\(name)`, which does not end in `_\(suffix)`"
}

/// The end of a name that `unit` asks for; `nil` when it asks for none.
private func unitSuffix(_ unit: String) -> String? {
    let parts = unit.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let amount = plainUnit(parts[0]), parts.count < 2 || parts[1] != "" else { return nil }
    if parts.count == 1 { return amount.isEmpty ? nil : amount }
    guard let per = plainUnit(parts[1]), !per.isEmpty else { return nil }
    let singular = per.hasSuffix("s") ? String(per.dropLast()) : per
    return amount.isEmpty ? "per_\(singular)" : "\(amount)_per_\(singular)"
}

/// Prometheus' names by UCUM's codes.
private let unitNames = [
    "": "", "1": "", "s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds",
    "min": "minutes", "h": "hours", "d": "days", "By": "bytes", "KiBy": "kibibytes", "MiBy": "mebibytes",
    "GiBy": "gibibytes", "kBy": "kilobytes", "MBy": "megabytes", "GBy": "gigabytes", "%": "percent",
    "Cel": "celsius", "Hz": "hertz", "V": "volts", "A": "amperes", "J": "joules", "W": "watts",
    "m": "meters", "g": "grams",
]

/// One unit as names spell it: empty for a dimensionless one, `nil` for what is not known.
private func plainUnit(_ unit: Substring) -> String? {
    // UCUM's remarks, `{row}`, mean nothing.
    var bare = ""
    var depth = 0
    for character in unit {
        if character == "{" {
            depth += 1
        } else if character == "}" {
            depth -= 1
        } else if depth == 0 {
            bare.append(character)
        }
    }
    if let suffix = unitNames[bare] { return suffix }
    let isWord = bare.count > 1 && bare.utf8.allSatisfy { isNameByte($0) && !(0x41...0x5a).contains($0) }
    return isWord ? bare : nil
}
