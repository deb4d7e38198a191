import Glibc

/// CPU seconds that this process has used, user and system.
func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// CPU seconds that `body` takes.
func cpuSeconds(of body: () throws -> Void) rethrows -> Double {
    let start = cpuSeconds()
    try body()
    return cpuSeconds() - start
}

/// Seconds of a clock that never steps.
func wallSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// How many threads wanted to run in the last minute, on average.
func loadAverage() -> String {
    var loads = [0.0]
    return getloadavg(&loads, 1) == 1 ? fixed(loads[0], 1) : "unknown"
}

/// Bytes of memory that are resident now; 0 when the kernel does not tell.
func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, CInt(line.count), file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let fields = text.split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(CInt(_SC_PAGESIZE))) : 0
}

/// `number` with `digits` decimals.
func fixed(_ number: Double, _ digits: Int) -> String {
    let scale = pow(10, Double(digits))
    let scaled = Int((abs(number) * scale).rounded())
    let whole = "\(scaled / Int(scale))"
    let sign = number < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return sign + whole }
    let fraction = "\(scaled % Int(scale))"
    return sign + whole + "." + String(repeating: "0", count: digits - fraction.count) + fraction
}

/// One line of a report: what was measured, how much, and in what unit.
func report(_ name: String, _ value: String, _ unit: String = "") {
    let padding = String(repeating: " ", count: max(1, 44 - name.count))
    print("\(name)\(padding)\(String(repeating: " ", count: max(0, 14 - value.count)))\(value) \(unit)")
}
