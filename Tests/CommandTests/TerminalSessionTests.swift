import Glibc
import Testing

/// Programs as their users run them; one after the other, since each wants a processor.
@Suite(.serialized)
enum CommandSuites {}

extension CommandSuites {
    /// `planetop demo` in a real terminal.
    @Suite struct TerminalSessionTests {
        private func demo(
            columns: UInt16 = 120, rows: UInt16 = 40, environment: [String: String] = [:]
        ) throws -> PseudoTerminal {
            let terminal = try PseudoTerminal(
                PseudoTerminal.program("planetop"), ["demo"], columns: columns, rows: rows,
                environment: environment)
            let isDrawn = terminal.read(seconds: 20) { $0.text.contains("Overview") }
            try #require(isDrawn, "nothing was drawn: \(terminal.screen.text)")
            return terminal
        }

        @Test func showsAlertsAndAnswersKeys() throws {
            let terminal = try demo()
            try #require(terminal.shows("FIRING", within: 180), "\(terminal.screen.text)")
            #expect(terminal.shows("LIVE", within: 180))

            terminal.type("?")
            #expect(terminal.shows("Esc closes"), "\(terminal.screen.text)")
            terminal.type("\u{1b}")
            #expect(terminal.hides("Esc closes"))

            terminal.type("a")
            #expect(terminal.shows("detail"), "\(terminal.screen.text)")
            terminal.type("\r")
            #expect(terminal.shows("scroll"), "\(terminal.screen.text)")
            terminal.type("\u{1b}")
            #expect(terminal.shows("detail"))
            terminal.type("\u{1b}")
            #expect(terminal.shows("dashboards"))

            terminal.type("3")
            #expect(terminal.shows("Behind"), "\(terminal.screen.text)")
            terminal.type(" ")
            #expect(terminal.shows("PAUSED"))
            terminal.type(" ")
            #expect(terminal.hides("PAUSED"))

            // What differences added up to is what a whole drawing gives; top and bottom lines go with the time.
            let body = 3..<32
            terminal.type(" ")
            #expect(terminal.shows("PAUSED"))
            terminal.read(seconds: 0.5)
            let before = terminal.screen.lines[body]
            terminal.forget()
            terminal.type("\u{0c}")
            #expect(terminal.read(seconds: 20) { $0.lines[body] == before })

            terminal.type("q")
            #expect(terminal.waitForEnd(seconds: 10) == 0)
            #expect(terminal.isClean)
        }

        @Test(arguments: [(SIGINT, 0), (SIGTERM, 0), (SIGHUP, 129), (SIGQUIT, 131)])
        func everySignalLeavesTheTerminalClean(_ signal: CInt, _ code: Int) throws {
            let terminal = try demo()
            terminal.send(signal)
            #expect(terminal.waitForEnd(seconds: 20) == code)
            #expect(terminal.isClean)
        }

        @Test func keysThatMakeSignals() throws {
            let terminal = try demo()
            terminal.type("\u{03}")
            #expect(terminal.waitForEnd(seconds: 20) == 0)
            #expect(terminal.isClean)
        }

        @Test func quits() throws {
            let terminal = try demo()
            terminal.type("q")
            #expect(terminal.waitForEnd(seconds: 20) == 0)
            #expect(terminal.isClean)
        }

        @Test func stopsAndGoesOn() throws {
            let terminal = try demo()
            terminal.type("\u{1a}")
            try #require(terminal.waitForStop(seconds: 20))
            terminal.read(seconds: 0.2)
            #expect(terminal.isClean, "a stopped program leaves the terminal to the shell")
            terminal.forget()
            terminal.send(SIGCONT)
            #expect(terminal.shows("Overview"))
            #expect(terminal.isRaw)
            terminal.type("q")
            #expect(terminal.waitForEnd(seconds: 20) == 0)
            #expect(terminal.isClean)
        }

        @Test func repaintsAfterAStopThatItCouldNotSee() throws {
            let terminal = try demo()
            terminal.send(SIGSTOP)
            try #require(terminal.waitForStop(seconds: 20))
            terminal.takeModesBack()
            terminal.forget()
            terminal.send(SIGCONT)
            #expect(terminal.shows("Overview"))
            #expect(terminal.read(seconds: 10) { _ in terminal.isRaw })
            terminal.type("q")
            #expect(terminal.waitForEnd(seconds: 20) == 0)
            #expect(terminal.isClean)
        }

        @Test func followsTheSize() throws {
            let terminal = try demo()
            for (columns, rows) in [(120, 40), (40, 10), (10, 3), (1, 1), (300, 100), (80, 24)] {
                terminal.forget()
                terminal.resize(columns: UInt16(columns), rows: UInt16(rows))
                #expect(terminal.read(seconds: 20) { !$0.isBlank }, "\(columns)x\(rows)")
                #expect(kill(terminal.process, 0) == 0)
            }
            #expect(terminal.shows("Overview"), "\(terminal.screen.text)")
            terminal.type("q")
            #expect(terminal.waitForEnd(seconds: 20) == 0)
            #expect(terminal.isClean)
        }

        @Test func endsWhenTheTerminalGoesAway() throws {
            let terminal = try demo()
            terminal.hangUp()
            #expect(terminal.waitForEnd(seconds: 20) == 129)
        }

        @Test func aTerminalThatTakesNothingDoesNotHoldItUp() throws {
            let terminal = try PseudoTerminal(
                PseudoTerminal.program("planetop"), ["demo"], columns: 300, rows: 100)
            // Nobody reads: the first frames fill the terminal's buffer.
            usleep(4_000_000)
            terminal.send(SIGTERM)
            var isGone = false
            for _ in 0..<100 where !isGone {
                usleep(100_000)
                var information = siginfo_t()
                isGone =
                    waitid(P_PID, id_t(terminal.process), &information, WEXITED | WNOHANG | WNOWAIT) == 0
                    && information.si_signo == SIGCHLD
            }
            #expect(isGone)
            #expect(terminal.waitForEnd(seconds: 10) == 0)
            #expect(terminal.isClean)
        }

        @Test(arguments: ["vt100", "linux", "xterm", "screen-256color"])
        func drawsOnOtherTerminals(_ type: String) throws {
            let terminal = try demo(columns: 80, rows: 24, environment: ["TERM": type])
            #expect(terminal.screen.hasColor == (type != "vt100"))
            terminal.type("q")
            #expect(terminal.waitForEnd(seconds: 20) == 0)
            #expect(terminal.isClean)
        }

        @Test(arguments: ["unknown", "no-such-terminal", "dumb", ""])
        func refusesATerminalOfWhichNothingIsKnown(_ type: String) throws {
            let terminal = try PseudoTerminal(
                PseudoTerminal.program("planetop"), ["demo"], environment: ["TERM": type])
            #expect(terminal.waitForEnd(seconds: 20) == 1)
            #expect(terminal.screen.text.contains("unknown terminal type"), "\(terminal.screen.text)")
            #expect(terminal.isClean)
        }

        @Test func noColorIsHonoured() throws {
            let terminal = try demo(environment: ["NO_COLOR": "1"])
            terminal.type("2")
            terminal.read(seconds: 2)
            #expect(!terminal.screen.hasColor)
            let colored = try demo()
            #expect(colored.screen.hasColor)
        }

        @Test func aLocaleWithoutUTF8GetsASCII() throws {
            let terminal = try demo(environment: ["LC_ALL": "C"])
            for key in ["2", "3", "a", "?"] {
                terminal.type(key)
                terminal.read(seconds: 1)
            }
            #expect(!terminal.screen.hasNonASCII)
        }
    }
}
