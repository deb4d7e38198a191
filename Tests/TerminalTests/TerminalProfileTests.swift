import Glibc
import Testing

@testable import Terminal

struct ProfileCase: Sendable {
    var term = "xterm-256color"
    var codeset = "UTF-8"
    var terminfoColors = 256
    var noColor = false
    var colors = 256
    var isUTF8 = true
    var hasBraille = true
}

@Test(
    "what a terminal can do follows from its type, the locale and NO_COLOR",
    arguments: [
        ProfileCase(),
        ProfileCase(terminfoColors: 16_777_216, colors: 256),
        ProfileCase(term: "xterm", terminfoColors: 8, colors: 8),
        ProfileCase(term: "xterm-16color", terminfoColors: 16, colors: 16),
        ProfileCase(term: "linux", terminfoColors: 8, colors: 8, hasBraille: false),
        ProfileCase(term: "vt100", terminfoColors: -1, colors: 0, hasBraille: false),
        ProfileCase(codeset: "ANSI_X3.4-1968", isUTF8: false, hasBraille: false),
        ProfileCase(noColor: true, colors: 0),
        ProfileCase(term: "dumb", terminfoColors: -1, colors: 0, hasBraille: false),
    ])
func terminalProfile(_ example: ProfileCase) {
    let profile = TerminalProfile(
        term: example.term, codeset: example.codeset, terminfoColors: example.terminfoColors,
        noColor: example.noColor)
    #expect(profile.colors == example.colors)
    #expect(profile.isUTF8 == example.isUTF8)
    #expect(profile.hasBraille == example.hasBraille)
    #expect(profile.reasons.count == 3)
}

@Test func theLoopWakesForTheClockAndForOthers() {
    // The mask goes on to every child of this thread: other tests start programs.
    var mask = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &mask)
    defer { pthread_sigmask(SIG_SETMASK, &mask, nil) }
    let signals = Signals()
    let wakeUp = WakeUp()
    let loop = EventLoop(input: -1, signals: signals, wakeUp: wakeUp)
    let nothing = loop.wait(until: monotonicNanoseconds() + 1_000_000)
    #expect(!nothing.woken && !nothing.input && !nothing.signals && !nothing.hungUp)
    wakeUp.signal()
    wakeUp.signal()
    #expect(loop.wait(until: nil).woken)
    #expect(!loop.wait(until: 0).woken)
}
