import ArgumentParser
import Capture
import Diagnostics
import MetricModel

struct CaptureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture", abstract: "Look into captures.",
        subcommands: [CaptureInfoCommand.self, CaptureVerify.self])
}

struct CaptureInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "info", abstract: "Say what captures hold.")

    @Argument(help: "Captures.", completion: .file())
    var files: [String]

    func run() throws {
        try orFail { () throws(Problem) in
            let info = try CaptureFiles.info(files)
            if let span = info.span {
                output(
                    "span      \(CalendarTime.rfc3339(span.lowerBound)) to \(CalendarTime.rfc3339(span.upperBound)), \((span.upperBound - span.lowerBound).description)"
                )
            }
            output(
                "size      \(info.byteCount) bytes\(info.bytesPerSample.map { ", \(($0 * 100).rounded() / 100) a sample" } ?? "")"
            )
            output(
                "messages  \(info.messages), \(info.samples) samples, \(info.refused) not decodable, \(info.redelivered) redelivered"
            )
            output("sections  \(info.sections.count), \(info.unfinishedSections) without an end")
            output(
                "missing   \(info.sequences.missing) messages by the producers' counts, \(info.sequences.restarts) restarts"
            )
            output("damage    \(info.damage)")
            for line in CaptureReport.damage(info, files) + CaptureReport.remarks(info) {
                output("          \(line)")
            }
            for (key, counts) in info.keys.sorted(by: { $0.key < $1.key }) {
                output(
                    "  \(key): \(counts.messages) messages, \(counts.series) series, \(counts.samples) samples"
                )
            }
        }
    }
}

struct CaptureVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check every record of captures; exit 1 when something is damaged.")

    @Argument(help: "Captures.", completion: .file())
    var files: [String]

    func run() throws {
        try orFail { () throws(Problem) in try CaptureFiles.verify(files) }
    }
}

enum CaptureFiles {
    /// Reads all of it, and says what is wrong.
    static func verify(_ paths: [String]) throws(Problem) {
        let info = try info(paths)
        output("\(info.records) records, \(info.damage)")
        for line in CaptureReport.damage(info, paths) + CaptureReport.remarks(info) { output("  \(line)") }
        if !info.damage.isNone { throw CaptureReport.problem(info, paths) }
    }

    static func info(_ paths: [String]) throws(Problem) -> CaptureInfo {
        do throws(CaptureError) {
            return try CaptureReader(paths: paths).info()
        } catch {
            throw error.problem
        }
    }

    /// Whether `path` is a capture rather than an exposition.
    static func isCapture(_ path: String) -> Bool {
        guard let file = try? InputFile(path), let head = file.read(4096) else { return false }
        return CaptureReader.recognises(head)
    }
}
