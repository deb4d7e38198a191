import Canvas
import Dashboard
import MetricModel
import Panels
import Rules

extension Monitor {
    /// Takes a key.
    ///
    /// - Returns: what the rim has to do about it.
    package func press(_ key: Key, clock: Timestamp) -> [Effect] {
        changed()
        interface.message = nil
        if key == .control("l") { return [.redraw] }
        if interface.prompt != nil { return pressInPrompt(key, clock) }
        if let overlay = interface.overlay, let effects = press(key, in: overlay, clock) { return effects }
        return pressOnDashboard(key, clock)
    }

    // MARK: - The dashboard

    private func pressOnDashboard(_ key: Key, _ clock: Timestamp) -> [Effect] {
        switch key {
        case .character("q"): return [.quit(0)]
        case .character("?"), .function(1): interface.overlay = .help(firstRow: 0)
        case .character("a"): interface.overlay = .alerts(selected: 0)
        case .character("v"): interface.overlay = .variables(Interface.VariableChoice())
        case .character("t"):
            let current = interface.range ?? .hours(1)
            interface.overlay = .ranges(selected: Interface.ranges.firstIndex { $0 >= current } ?? 0)
        case .character("/"): interface.prompt = Interface.Prompt(purpose: .filter, text: interface.filter)
        case .character("g"): interface.prompt = Interface.Prompt(purpose: .time)
        case .character("+"), .character("="): changeRange(by: -1)
        case .character("-"): changeRange(by: 1)
        case .character(" "):
            let end = replayEnd
            setCursor { $0.togglePause(clock: clock, end: end) }
        case .character("0"), .character("L"): setCursor { $0.returnToLive() }
        case .character("."): return step(by: 1, clock)
        case .character(","): return step(by: -1, clock)
        case .character("]"): return jump(1, clock)
        case .character("["): return jump(-1, clock)
        case .character(">"):
            let end = replayEnd
            setCursor { $0.changeSpeed(by: 1, clock: clock, end: end) }
        case .character("<"):
            let end = replayEnd
            setCursor { $0.changeSpeed(by: -1, clock: clock, end: end) }
        case .character("R"): return [.toggleRecording]
        case .character("S"): return [.snapshot]
        case .character("T"): return [.changeTheme]
        case .character("r"): return [.retryConnection]
        case .tab: interface.go(to: (interface.page + 1) % max(1, pages.count))
        case .backTab: interface.go(to: (interface.page + pages.count - 1) % max(1, pages.count))
        case .character(let digit)
        where digit.isASCII && digit.wholeNumberValue.map { pages.indices.contains($0 - 1) } == true:
            interface.go(to: digit.wholeNumberValue! - 1)
        case .enter: openFocused()
        case .escape: closeSomething()
        case .up, .character("k"): move(0, -1)
        case .down, .character("j"): move(0, 1)
        case .left, .character("h"): move(-1, 0)
        case .right, .character("l"): move(1, 0)
        case .pageDown: scroll(by: max(1, lastBodyHeight - 2))
        case .pageUp: scroll(by: -max(1, lastBodyHeight - 2))
        case .home: scroll(by: -1_000_000)
        case .end: scroll(by: 1_000_000)
        default: break
        }
        return []
    }

    private var replayEnd: Timestamp {
        if case .replay(_, let end) = link { return end }
        return .distantFuture
    }

    private func move(_ dx: Int, _ dy: Int) {
        if interface.zoomed != nil {
            if dx != 0 {
                // To the left is back in time; the newest value is the first one read.
                let steps = (interface.valueSteps ?? -1) - dx
                interface.valueSteps = steps < 0 ? nil : steps
            } else {
                interface.firstRow = max(0, interface.firstRow + dy)
            }
            return
        }
        let current = interface.focus[interface.page]
        guard let layout = lastLayout else { return }
        guard let current else {
            interface.focus[interface.page] = layout.placements.first?.id
            return
        }
        interface.firstRow = 0
        if layout.isSinglePanel {
            let ids = lastPlacements.indices.filter { !lastPlacements[$0].isRow }
            if let index = ids.firstIndex(of: current) {
                let next = min(max(index + (dx + dy > 0 ? 1 : -1), 0), ids.count - 1)
                interface.focus[interface.page] = ids[next]
            }
            return
        }
        if let next = layout.neighbour(of: current, dx: dx, dy: dy) {
            interface.focus[interface.page] = next
            let offset = interface.scroll[interface.page] ?? 0
            interface.scroll[interface.page] = layout.offset(
                showing: next, from: offset, viewHeight: lastBodyHeight)
        } else if dy != 0 {
            scroll(by: dy)
        }
    }

    private func scroll(by rows: Int) {
        if interface.zoomed != nil {
            interface.firstRow = max(0, interface.firstRow + rows)
            return
        }
        guard let layout = lastLayout else { return }
        let last = max(0, layout.height - lastBodyHeight)
        interface.scroll[interface.page] = min(max(0, (interface.scroll[interface.page] ?? 0) + rows), last)
    }

    /// Enter: opens a row, or lets the panel fill the screen.
    private func openFocused() {
        guard let id = interface.focus[interface.page] ?? lastLayout?.placements.first?.id,
            id < lastPlacements.count
        else { return }
        let placement = lastPlacements[id]
        if placement.isRow {
            pages[interface.page].setCollapsed(!placement.isCollapsed, row: placement.key)
        } else if placement.shape == .alertList, interface.zoomed == nil {
            interface.overlay = .alerts(selected: 0)
        } else {
            interface.zoomed = interface.zoomed == nil ? id : nil
            interface.valueSteps = nil
            interface.firstRow = 0
            interface.focus[interface.page] = id
        }
    }

    /// Escape: one thing less at a time.
    private func closeSomething() {
        if interface.valueSteps != nil {
            interface.valueSteps = nil
        } else if interface.zoomed != nil {
            interface.zoomed = nil
            interface.firstRow = 0
        } else if !interface.filter.isEmpty {
            interface.filter = ""
        } else {
            interface.focus[interface.page] = nil
        }
    }

    private func changeRange(by steps: Int) {
        let ranges = Interface.ranges
        let current = interface.range ?? .hours(1)
        let index = ranges.firstIndex { $0 >= current } ?? ranges.count - 1
        interface.range = ranges[min(max(index + steps, 0), ranges.count - 1)]
    }

    // MARK: - Time

    /// One grid step of the rules, the smallest that anything changes by.
    private func step(by count: Int64, _ clock: Timestamp) -> [Effect] {
        let grid = Observatory.interval.milliseconds
        let now = time(clock: clock).milliseconds
        let base = count > 0 ? now / grid * grid : (now + grid - 1) / grid * grid
        return hold(at: Timestamp(milliseconds: base + count * grid), clock)
    }

    /// To the next or the last change of an alert's state.
    private func jump(_ direction: Int, _ clock: Timestamp) -> [Effect] {
        let now = time(clock: clock)
        if let transition = observatory.history.neighbour(of: now, direction: direction) {
            interface.message = (
                "\(transition.name) \(detail(of: transition.labels)): \(transition.from.rawValue) → \(transition.to.rawValue)",
                false
            )
            return hold(at: transition.time, clock)
        }
        if direction > 0, case .replay(_, let end) = link, observatory.statistics.newest < end {
            // What comes is not known yet: the rim reads on until something changes.
            return [.seek(.distantFuture)]
        }
        interface.message = (
            direction > 0 ? "no later change of an alert" : "no earlier change of an alert", false
        )
        return []
    }

    /// Goes to `time` and stands there.
    package func hold(at time: Timestamp, _ clock: Timestamp) -> [Effect] {
        var target = time
        if case .replay(let start, let end) = link { target = min(max(time, start), end) }
        if !cursor.isReplay, target >= clock {
            setCursor { $0.returnToLive() }
            return []
        }
        setCursor { $0.hold(at: target, clock: clock) }
        return cursor.isReplay ? [.seek(target)] : []
    }

    // MARK: - Overlays

    /// - Returns: `nil` when the key is the dashboard's after all.
    private func press(_ key: Key, in overlay: Interface.Overlay, _ clock: Timestamp) -> [Effect]? {
        if key == .character("q"), case .variables(let choice) = overlay, choice.isChoosing { return [] }
        switch overlay {
        case .help(let row):
            switch key {
            case .down, .character("j"): interface.overlay = .help(firstRow: row + 1)
            case .up, .character("k"): interface.overlay = .help(firstRow: max(0, row - 1))
            case .pageDown: interface.overlay = .help(firstRow: row + 10)
            case .pageUp: interface.overlay = .help(firstRow: max(0, row - 10))
            default: interface.overlay = nil
            }
            return []
        case .ranges(let selected): return press(key, inRanges: selected)
        case .alerts(let selected): return press(key, inAlerts: selected, clock)
        case .alertDetail(let alert, let row, let selected):
            switch key {
            case .down, .character("j"):
                interface.overlay = .alertDetail(alert, firstRow: row + 1, selected: selected)
            case .up, .character("k"):
                interface.overlay = .alertDetail(alert, firstRow: max(0, row - 1), selected: selected)
            case .escape, .enter, .backspace: interface.overlay = .alerts(selected: selected)
            default: return passThrough(key)
            }
            return []
        case .variables(let choice): return press(key, inVariables: choice, clock)
        }
    }

    /// Keys that mean the same everywhere close what is open and go on; others do nothing.
    private func passThrough(_ key: Key) -> [Effect]? {
        switch key {
        case .character("q"), .character(" "), .character("?"), .character("/"), .character("g"),
            .character("["),
            .character("]"), .character(","), .character("."), .character("<"), .character(">"),
            .character("0"),
            .character("L"), .character("S"), .character("T"), .character("R"):
            return nil
        case .tab, .backTab, .character("1"), .character("2"), .character("3"), .character("4"):
            interface.overlay = nil
            return nil
        default: return []
        }
    }

    private func press(_ key: Key, inRanges selected: Int) -> [Effect]? {
        switch key {
        case .down, .character("j"):
            interface.overlay = .ranges(selected: min(selected + 1, Interface.ranges.count - 1))
        case .up, .character("k"): interface.overlay = .ranges(selected: max(0, selected - 1))
        case .enter:
            interface.range = Interface.ranges[selected]
            interface.overlay = nil
        default: interface.overlay = nil
        }
        return []
    }

    private func press(_ key: Key, inAlerts selected: Int, _ clock: Timestamp) -> [Effect]? {
        let entries = AlertListing(alerts(at: time(clock: clock)), filter: interface.filter).entries
        let last = max(0, entries.count - 1)
        switch key {
        case .down, .character("j"): interface.overlay = .alerts(selected: min(selected + 1, last))
        case .up, .character("k"): interface.overlay = .alerts(selected: max(0, selected - 1))
        case .pageDown: interface.overlay = .alerts(selected: min(selected + 10, last))
        case .pageUp: interface.overlay = .alerts(selected: max(0, selected - 10))
        case .enter:
            guard selected < entries.count else { return [] }
            let alert = entries[selected].instance
            interface.overlay = .alertDetail(
                Interface.AlertKey(name: alert.name, labels: alert.labels), firstRow: 0, selected: selected)
        case .escape, .character("a"): interface.overlay = nil
        default: return passThrough(key)
        }
        return []
    }

    private func press(_ key: Key, inVariables choice: Interface.VariableChoice, _ clock: Timestamp)
        -> [Effect]?
    {
        guard interface.page < pages.count else { return [] }
        var choice = choice
        let variables = pages[interface.page].variables(context(at: time(clock: clock))).filter(\.isShown)
        guard !variables.isEmpty else {
            interface.overlay = nil
            return []
        }
        choice.variable = min(choice.variable, variables.count - 1)
        let variable = variables[choice.variable]
        let options = VariableOptions(variable, filter: choice.filter)
        switch (key, choice.isChoosing) {
        case (.escape, false), (.character("v"), false):
            interface.overlay = nil
            return []
        case (.escape, true):
            choice.isChoosing = false
            choice.filter = ""
        case (.down, false), (.character("j"), false):
            choice.variable = min(choice.variable + 1, variables.count - 1)
        case (.up, false), (.character("k"), false): choice.variable = max(0, choice.variable - 1)
        case (.enter, false), (.right, false):
            choice.isChoosing = true
            choice.option = 0
        case (.down, true): choice.option = min(choice.option + 1, max(0, options.shown.count - 1))
        case (.up, true): choice.option = max(0, choice.option - 1)
        case (.enter, true), (.character(" "), true):
            if choice.option < options.shown.count {
                let values = options.choosing(choice.option)
                // The same name on another dashboard means the same: going on with the tenant at hand is what people want.
                for index in pages.indices { pages[index].choose(values, for: variable.name) }
            }
            if key == .enter, !variable.isMulti { choice.isChoosing = false }
        case (.backspace, true): choice.filter = String(choice.filter.dropLast())
        case (.character(let character), true):
            choice.filter.append(character)
            choice.option = 0
        default: return choice.isChoosing ? [] : passThrough(key)
        }
        interface.overlay = .variables(choice)
        return []
    }

    // MARK: - Prompts

    private func pressInPrompt(_ key: Key, _ clock: Timestamp) -> [Effect] {
        guard var prompt = interface.prompt else { return [] }
        prompt.error = nil
        switch key {
        case .escape:
            if prompt.purpose == .filter { interface.filter = "" }
            interface.prompt = nil
            return []
        case .enter:
            if prompt.purpose == .time {
                guard
                    let target = TimeWords.time(
                        prompt.text, now: time(clock: clock), clock: clock, zone: zoneOffset(clock))
                else {
                    prompt.error = "not a time: write 10:28, -15m, now or 2026-11-20T10:28:00Z"
                    interface.prompt = prompt
                    return []
                }
                interface.prompt = nil
                return hold(at: target, clock)
            }
            interface.prompt = nil
            return []
        case .backspace: prompt.text = String(prompt.text.dropLast())
        case .control("u"): prompt.text = ""
        case .character(let character) where prompt.text.count < 200: prompt.text.append(character)
        default: return []
        }
        if prompt.purpose == .filter { interface.filter = prompt.text }
        interface.prompt = prompt
        return []
    }

    func zoneOffset(_ time: Timestamp) -> Int { settings.zoneOffset(nil, time) ?? 0 }
}

/// The options of one variable as its picker lists them.
struct VariableOptions {
    let variable: VariableState
    /// `nil` stands for all.
    let shown: [VariableState.Option?]

    init(_ variable: VariableState, filter: String) {
        self.variable = variable
        let words = filter.lowercased()
        let matching = variable.options.filter { words.isEmpty || $0.text.lowercased().contains(words) }
        shown = (variable.includesAll && words.isEmpty ? [nil] : []) + matching
    }

    func isChosen(_ option: VariableState.Option?) -> Bool {
        guard let option else { return variable.isAll }
        return !variable.isAll && variable.selected.contains(option.value)
    }

    /// The values after option `index` was chosen, or taken back where several may be.
    func choosing(_ index: Int) -> [String] {
        guard let option = shown[index] else { return ["$__all"] }
        guard variable.isMulti, !variable.isAll else { return [option.value] }
        var values = variable.selected
        if let position = values.firstIndex(of: option.value) {
            values.remove(at: position)
        } else {
            values.append(option.value)
        }
        return values.isEmpty ? ["$__all"] : values
    }
}
