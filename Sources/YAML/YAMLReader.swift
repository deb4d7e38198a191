import CYaml
import Diagnostics

/// What a YAML document may not exceed; a configuration by hand is far below each of these.
package struct YAMLLimits: Sendable {
    /// Bytes of text.
    package var sizeMax = 16 << 20
    /// Sequences and mappings inside each other.
    package var depthMax = 100
    /// Scalars, sequences and mappings of the document.
    package var nodesMax = 2_000_000
    /// Aliases (`*name`) and merge keys in a document.
    package var aliasesMax = 10_000
    /// Nodes that all aliases together stand for: a few hundred bytes of nested aliases can mean billions.
    package var aliasedNodesMax = 100_000

    package init() {}
}

extension YAMLNode {
    /// Reads one document; an empty text gives a null scalar.
    ///
    /// - Parameter file: the name that errors give.
    /// - Throws: the first mistake, with line and column: a syntax error, a second document, a repeated key, an exceeded
    ///   limit, a tag other than the standard ones.
    package init(
        parsing text: String, file: String? = nil, limits: YAMLLimits = YAMLLimits()
    ) throws(Problem) {
        try self.init(parsing: Array(text.utf8), file: file, limits: limits)
    }

    /// - Parameter bytes: UTF-8.
    package init(
        parsing bytes: [UInt8], file: String? = nil, limits: YAMLLimits = YAMLLimits()
    ) throws(Problem) {
        let (root, following) = try Self.parsingFirst(bytes, file: file, limits: limits)
        if let following {
            throw Problem(
                "cannot read YAML: a second document begins", at: following,
                fix: "keep one document a file: remove the `---`")
        }
        self = root
    }

    /// Reads the first document and leaves what follows it, as Prometheus does.
    ///
    /// - Parameter bytes: UTF-8.
    /// - Returns: also where the second document begins, when there is one.
    package static func parsingFirst(
        _ bytes: [UInt8], file: String? = nil, limits: YAMLLimits = YAMLLimits()
    ) throws(Problem) -> (root: YAMLNode, following: SourcePlace?) {
        guard bytes.count <= limits.sizeMax else {
            throw Problem(
                "cannot read YAML: the text has \(bytes.count) bytes, more than \(limits.sizeMax)",
                at: SourcePlace(file: file), fix: "split the file")
        }
        let source = YAMLSource(file: file, bytes: bytes)
        var composer = YAMLComposer(events: YAMLEvents(source: source), source: source, limits: limits)
        return try composer.firstDocument()
    }
}

/// libyaml's parser: hands out one event after another.
final class YAMLEvents {
    /// One event with its contents copied out of libyaml's memory.
    struct Event {
        enum Kind {
            case streamStart, streamEnd
            case documentStart, documentEnd
            case alias(String)
            case scalar(text: String, style: YAMLNode.Style)
            case sequenceStart, sequenceEnd
            case mappingStart, mappingEnd
        }
        var kind: Kind
        var anchor: String?
        var tag: String?
        var line: Int
        var column: Int
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let source: YAMLSource

    private let end: (line: Int, column: Int)

    init(source: YAMLSource) {
        self.source = source
        end = source.endPlace
        parser = .allocate(capacity: 1)
        // libyaml keeps the pointer, so the bytes get memory that stays where it is.
        input = .allocate(capacity: max(source.bytes.count, 1))
        _ = input.initialize(from: source.bytes)
        guard yaml_parser_initialize(parser) == 1 else { fatalError("out of memory") }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, source.bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    func next() throws(Problem) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { yaml_event_delete(&event) }
        let (line, column) = place(event.start_mark)
        var result = Event(kind: .streamEnd, line: line, column: column)
        switch event.type {
        case YAML_STREAM_START_EVENT: result.kind = .streamStart
        case YAML_DOCUMENT_START_EVENT: result.kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: result.kind = .documentEnd
        case YAML_ALIAS_EVENT: result.kind = .alias(string(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let style: YAMLNode.Style =
                switch scalar.style {
                case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
                case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
                case YAML_LITERAL_SCALAR_STYLE: .literal
                case YAML_FOLDED_SCALAR_STYLE: .folded
                default: .plain
                }
            result.kind = .scalar(text: String(decoding: bytes, as: UTF8.self), style: style)
            result.anchor = string(scalar.anchor)
            result.tag = string(scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            result.kind = .sequenceStart
            result.anchor = string(event.data.sequence_start.anchor)
            result.tag = string(event.data.sequence_start.tag)
        case YAML_SEQUENCE_END_EVENT: result.kind = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            result.kind = .mappingStart
            result.anchor = string(event.data.mapping_start.anchor)
            result.tag = string(event.data.mapping_start.tag)
        case YAML_MAPPING_END_EVENT: result.kind = .mappingEnd
        default: result.kind = .streamEnd
        }
        return result
    }

    private func string(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        text.map { String(cString: $0) }
    }

    private func place(_ mark: yaml_mark_t) -> (line: Int, column: Int) {
        let line = Int(mark.line) + 1
        // libyaml puts the end of the text on a line of its own, which no editor shows.
        return line > end.line ? end : (line, Int(mark.column) + 1)
    }

    private func problem() -> Problem {
        let state = parser.pointee
        var what = state.problem.map { String(cString: $0) } ?? "not YAML"
        var place = SourcePlace(file: source.file)
        if state.error == YAML_READER_ERROR {
            // The reader knows a byte offset only.
            let position = source.place(of: Int(state.problem_offset))
            place.line = position.line
            place.column = position.column
        } else if state.error == YAML_MEMORY_ERROR {
            fatalError("out of memory")
        } else {
            let (line, column) = self.place(state.problem_mark)
            place.line = line
            place.column = column
            if let context = state.context {
                what += " \(String(cString: context))"
                let began = Int(state.context_mark.line) + 1
                if began != place.line, began > 1 || state.context_mark.column > 0 {
                    what += " that began on line \(began)"
                }
            }
        }
        return Problem("cannot read YAML: \(what)", at: place)
    }
}
