/// The least that the broker's users need, as commands for its administrator: `planetop doctor --print-permissions`.
///
/// Tried on RabbitMQ 3.10. The tenant is the second word of every routing key, so a topic permission keeps it apart
/// from the others: with it `metrics.acme.#` can be bound, `metrics.#`, `#` and another tenant's keys cannot.
package enum BrokerPermissions {
    /// - Parameters:
    ///   - tenant: `nil` for users that see or publish for every tenant.
    ///   - stream: the stream queue that viewers read history from, if there is one.
    package static func commands(
        virtualHost: String = "/", exchange: String = "metrics", tenant: String? = nil, stream: String? = nil
    ) -> String {
        let host = shellQuoted(virtualHost)
        let readable = [#"amq\.gen.*"#, escaped(exchange)] + (stream.map { [escaped($0)] } ?? [])
        // With a topic permission an empty pattern refuses; no tenant means any.
        let topic = tenant.map { #"^metrics\."# + escaped($0) + #"\..*"# } ?? "^metrics\\..*"
        func permissions(_ user: String, configure: String, write: String, read: String) -> String {
            "rabbitmqctl set_permissions -p \(host) \(user) "
                + [configure, write, read].map(shellQuoted).joined(separator: " ")
        }
        func topics(_ user: String, write: String, read: String) -> String {
            "rabbitmqctl set_topic_permissions -p \(host) \(user) \(shellQuoted(exchange)) "
                + [write, read].map(shellQuoted).joined(separator: " ")
        }
        let nothing = "^$"
        return """
            # A viewer: its own temporary queues, and reading\(tenant.map { " what belongs to \($0)" } ?? "").
            \(permissions("VIEWER", configure: #"^amq\.gen.*$"#, write: #"^amq\.gen.*$"#,
                read: "^(\(readable.joined(separator: "|")))$"))
            \(topics("VIEWER", write: nothing, read: topic))

            # A recorder: durable queues named planetop.rec.…, and a place for what it cannot take.
            \(permissions("RECORDER", configure: #"^planetop\.rec\..*"#, write: #"^planetop\.(rec\..*|dead)$"#,
                read: #"^(planetop\.rec\..*|"# + escaped(exchange) + ")$"))
            \(topics("RECORDER", write: nothing, read: topic))

            # A collector: publishing, and nothing else. The exchange must exist.
            \(permissions("COLLECTOR", configure: nothing, write: "^\(escaped(exchange))$", read: nothing))
            \(topics("COLLECTOR", write: topic, read: nothing))

            """
    }

    /// A regular expression that matches `text` alone.
    private static func escaped(_ text: String) -> String {
        var out = ""
        for character in text {
            if #"\.+*?()|[]{}^$"#.contains(character) { out.append("\\") }
            out.append(character)
        }
        return out
    }

    private static func shellQuoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}
