import Glibc
import TestSupport
import Testing

extension CommandSuites {
    /// The program against a real broker.
    @Suite(.enabled(if: PrivateBroker.isAvailable, "\(PrivateBroker.skipReason)"))
    struct LiveBrokerTests {
        @Test func outlivesItsBroker() throws {
            try SharedBroker.useAlone { broker in
                let publisher = try LiveBroker.publisher(broker)
                defer { publisher.stop() }
                let terminal = try PseudoTerminal(
                    PseudoTerminal.program("planetop"), ["live", "--broker", LiveBroker.url(broker)],
                    columns: 120,
                    rows: 40,
                    environment: LiveBroker.password)
                try #require(terminal.shows("LIVE", within: 60), "\(terminal.screen.text)")
                LiveBroker.publish(publisher, seconds: 120, seed: 1)
                #expect(publisher.flush(.seconds(30)))
                #expect(terminal.shows("prod-eu", within: 60), "\(terminal.screen.text)")

                try broker.stop()
                #expect(terminal.shows("CONNECTING", within: 60), "\(terminal.screen.text)")
                #expect(terminal.screen.text.contains("prod-eu"), "what was known stays on the screen")
                try broker.start()
                #expect(terminal.shows("LIVE", within: 120), "\(terminal.screen.text)")

                terminal.type("q")
                #expect(terminal.waitForEnd(seconds: 20) == 0)
                #expect(terminal.isClean)
            }
        }

        @Test func statusListens() throws {
            try SharedBroker.useAlone { broker in
                let silent = try Command.run(
                    ["status", "--broker", LiveBroker.url(broker), "--wait", "2s"],
                    environment: LiveBroker.password)
                #expect(silent.code == 3, "\(silent)")
                #expect(silent.output.contains("no message within 2s"), "\(silent)")

                let publisher = try LiveBroker.publisher(broker)
                defer { publisher.stop() }
                let command = try Command(
                    ["status", "--broker", LiveBroker.url(broker), "--wait", "8s"],
                    environment: LiveBroker.password)
                for seed in 1...8 {
                    usleep(1_000_000)
                    LiveBroker.publish(publisher, seconds: 60, seed: UInt64(seed))
                }
                let heard = try command.finish(seconds: 60)
                #expect(heard.code.map { (0...2).contains($0) } == true, "\(heard)")
            }
        }

        @Test func doctorFindsABrokerInOrder() throws {
            try SharedBroker.useAlone { broker in
                let good = try Command.run(
                    ["doctor", "--broker", LiveBroker.url(broker)],
                    environment: LiveBroker.password.merging(["TERM": "xterm"]) { $1 })
                #expect(good.code == 0, "\(good)")
                #expect(good.output.contains("ok    login"), "\(good.output)")
                let bad = try Command.run(
                    ["doctor", "--broker", LiveBroker.url(broker)],
                    environment: ["PLANETOP_AMQP_PASSWORD": "wrong", "TERM": "xterm"])
                #expect(bad.code == 1, "\(bad)")
                #expect(!bad.output.contains("wrong"), "the password is not printed")
            }
        }
    }
}
