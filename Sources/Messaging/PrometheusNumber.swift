/// `value` as Prometheus 3 writes it in the labels `le` and `quantile`: the shortest digits that read back the same,
/// always with a point or an exponent: `1.0`, `0.25`, `1e+06`, `+Inf`.
package func prometheusNumber(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    let sign = value.sign == .minus ? "-" : ""
    if value == 0 { return sign + "0.0" }
    let (digits, point) = shortestDigits(value.magnitude)
    // Go's `%g` with the shortest precision changes to an exponent here.
    if point < -3 || point > 6 { return sign + scientific(digits, exponent: point - 1) }
    if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
    if point >= digits.count {
        return sign + digits + String(repeating: "0", count: point - digits.count) + ".0"
    }
    return sign + digits.prefix(point) + "." + digits.dropFirst(point)
}

/// The decimal digits that name `value`, without zeros at either end, and where the point stands in them.
private func shortestDigits(_ value: Double) -> (digits: String, point: Int) {
    let text = value.description
    let parts = text.split(separator: "e")
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    var point = mantissa[0].count + exponent
    var digits = Substring(mantissa.joined())
    while digits.hasPrefix("0"), digits.count > 1 {
        digits.removeFirst()
        point -= 1
    }
    while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
    return (String(digits), point)
}

private func scientific(_ digits: String, exponent: Int) -> String {
    let mantissa = digits.count == 1 ? digits : digits.prefix(1) + "." + digits.dropFirst()
    let size = String(exponent.magnitude)
    return mantissa + "e" + (exponent < 0 ? "-" : "+") + (size.count < 2 ? "0" + size : size)
}
