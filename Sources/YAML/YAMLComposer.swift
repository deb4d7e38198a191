import Diagnostics

/// Builds a tree from events: aliases and merge keys resolved, repeated keys refused, limits kept.
struct YAMLComposer {
    private struct Anchored {
        var node: YAMLNode
        /// Nodes of the whole subtree, those that its own aliases stand for among them.
        var nodeCount: Int
    }

    private let events: YAMLEvents
    private let source: YAMLSource
    private let limits: YAMLLimits
    private var anchors: [String: Anchored] = [:]
    /// Anchors whose node is still being read: an alias to one of them would contain itself.
    private var open: Set<String> = []
    private var nodeCount = 0
    private var aliasCount = 0
    private var aliasedNodeCount = 0

    init(events: YAMLEvents, source: YAMLSource, limits: YAMLLimits) {
        self.events = events
        self.source = source
        self.limits = limits
    }

    /// The first document of the stream.
    ///
    /// - Returns: also where a second one begins.
    mutating func firstDocument() throws(Problem) -> (root: YAMLNode, following: SourcePlace?) {
        _ = try events.next()
        let start = try events.next()
        guard case .documentStart = start.kind else {
            return (node(.scalar(.init(text: "", style: .plain)), at: start), nil)
        }
        let root = try compose(try events.next(), depth: 0)
        let end = try events.next()
        do throws(Problem) {
            guard case .documentStart = try events.next().kind else { return (root, nil) }
        } catch {
            // Not YAML any more: as far as the first document goes, only more of the file.
        }
        return (root, SourcePlace(file: source.file, line: end.line, column: end.column))
    }

    private mutating func compose(_ event: YAMLEvents.Event, depth: Int) throws(Problem) -> YAMLNode {
        if case .alias(let name) = event.kind { return try resolve(name, at: event) }
        nodeCount += 1
        guard nodeCount <= limits.nodesMax else {
            throw problem("more than \(limits.nodesMax) values", at: event, fix: "split the file")
        }
        guard depth < limits.depthMax else {
            throw problem("nested more than \(limits.depthMax) levels deep", at: event)
        }
        let countBefore = nodeCount + aliasedNodeCount - 1
        if let anchor = event.anchor { open.insert(anchor) }
        let result: YAMLNode
        switch event.kind {
        case .sequenceStart:
            try check(collectionTag: event.tag, standard: "seq", at: event)
            result = try sequence(event, depth: depth)
        case .mappingStart:
            try check(collectionTag: event.tag, standard: "map", at: event)
            result = try mapping(event, depth: depth)
        case .scalar(let text, let style):
            let tag = try scalarTag(event)
            result = node(.scalar(.init(text: text, style: style, tag: tag)), at: event)
        default: throw problem("a value was expected", at: event)
        }
        if let anchor = event.anchor {
            open.remove(anchor)
            anchors[anchor] = Anchored(
                node: result, nodeCount: nodeCount + aliasedNodeCount - countBefore)
        }
        return result
    }

    private mutating func sequence(_ start: YAMLEvents.Event, depth: Int) throws(Problem) -> YAMLNode {
        var items: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { break }
            items.append(try compose(event, depth: depth + 1))
        }
        return node(.sequence(items), at: start)
    }

    private mutating func mapping(_ start: YAMLEvents.Event, depth: Int) throws(Problem) -> YAMLNode {
        var entries: [YAMLNode.Entry] = []
        var lines: [String: Int] = [:]
        var merged: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { break }
            let key = try compose(event, depth: depth + 1)
            guard case .scalar(let scalar) = key.content else {
                throw problem("a key must be a scalar, this is \(key.kindName)", at: event)
            }
            if let line = lines[scalar.text] {
                throw problem(
                    "mapping key \"\(scalar.text)\" already defined at line \(line)", at: event,
                    fix: "remove one of the two")
            }
            lines[scalar.text] = key.line
            let value = try compose(try events.next(), depth: depth + 1)
            if scalar.text == "<<", scalar.style == .plain {
                merged = try mergeable(value)
            } else {
                entries.append(.init(key: key, value: value, name: scalar.text))
            }
        }
        // What the mapping says itself counts more than what it merges, earlier merges more than later ones.
        var names = Set(lines.keys)
        for other in merged {
            guard case .mapping(let more) = other.content else { continue }
            for entry in more where names.insert(entry.name).inserted { entries.append(entry) }
        }
        return node(.mapping(entries), at: start)
    }

    private func mergeable(_ value: YAMLNode) throws(Problem) -> [YAMLNode] {
        let candidates: [YAMLNode]
        if case .sequence(let items) = value.content { candidates = items } else { candidates = [value] }
        for candidate in candidates {
            guard case .mapping = candidate.content else {
                throw Problem(
                    "cannot read YAML: map merge requires map or sequence of maps as the value",
                    at: candidate.place)
            }
        }
        return candidates
    }

    private mutating func resolve(_ name: String, at event: YAMLEvents.Event) throws(Problem) -> YAMLNode {
        guard !open.contains(name) else {
            throw problem("anchor '\(name)' value contains itself", at: event)
        }
        guard let anchored = anchors[name] else {
            throw problem(
                "unknown anchor '\(name)' referenced", at: event, fix: "define it before with `&\(name)`")
        }
        aliasCount += 1
        aliasedNodeCount += anchored.nodeCount
        guard aliasCount <= limits.aliasesMax else {
            throw problem("more than \(limits.aliasesMax) aliases", at: event)
        }
        guard aliasedNodeCount <= limits.aliasedNodesMax else {
            throw problem(
                "document contains excessive aliasing: more than \(limits.aliasedNodesMax) values", at: event)
        }
        return anchored.node
    }

    private static let standardPrefix = "tag:yaml.org,2002:"

    private func scalarTag(_ event: YAMLEvents.Event) throws(Problem) -> String? {
        guard let tag = event.tag, tag != "!" else { return event.tag == nil ? nil : "str" }
        guard tag.hasPrefix(Self.standardPrefix) else {
            throw problem("the tag `\(tag)` has no meaning here", at: event, fix: "remove the tag")
        }
        let name = String(tag.dropFirst(Self.standardPrefix.count))
        switch name {
        case "str", "int", "float", "bool", "null", "timestamp", "merge": return name
        default: throw problem("the tag `!!\(name)` has no meaning here", at: event, fix: "remove the tag")
        }
    }

    private func check(
        collectionTag tag: String?, standard: String, at event: YAMLEvents.Event
    ) throws(Problem) {
        guard let tag, tag != "!", tag != Self.standardPrefix + standard else { return }
        throw problem("the tag `\(tag)` has no meaning here", at: event, fix: "remove the tag")
    }

    private func node(_ content: YAMLNode.Content, at event: YAMLEvents.Event) -> YAMLNode {
        YAMLNode(content: content, line: event.line, column: event.column, source: source)
    }

    private func problem(_ what: String, at event: YAMLEvents.Event, fix: String? = nil) -> Problem {
        Problem(
            "cannot read YAML: \(what)",
            at: SourcePlace(file: source.file, line: event.line, column: event.column), fix: fix)
    }
}
