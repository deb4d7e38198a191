import Messaging
import Testing

@Test func routingKeysAreTakenApart() throws {
    let key = try RoutingKey("metrics.acme-2.eu_west.spark.streaming.extra.Words")
    #expect(
        key.tenant == "acme-2" && key.plane == "eu_west" && key.kind == .spark && key.source == "streaming")
    let longest = String(repeating: "a", count: 63)
    #expect(try RoutingKey("metrics.\(longest).\(longest).log.\(longest)").source == longest)
}

@Test(
    "routing keys against the rules are refused",
    arguments: [
        "", "metrics", "metrics.acme.eu.airflow", "logs.acme.eu.airflow.dag", "metrics..eu.airflow.dag",
        "metrics.acme.eu.airflow.", "metrics.Acme.eu.airflow.dag", "metrics.-acme.eu.airflow.dag",
        "metrics._acme.eu.airflow.dag", "metrics.acme.e u.airflow.dag", "metrics.acme.eü.airflow.dag",
        "metrics.acme.eu.nifi.dag", "metrics.\(String(repeating: "a", count: 64)).eu.airflow.dag",
        "metrics.acme.eu.airflow.dag." + String(repeating: "x", count: 240), "metrics.acme.#.airflow.dag",
    ])
func refusesRoutingKeys(_ text: String) {
    #expect(throws: Refusal.self) { try RoutingKey(text) }
}

@Test(
    "names become words",
    arguments: [
        ("acme", "acme"), ("Acme Corp.", "acme-corp-"), ("größe", "gr--e"), ("", "x"),
        ("_x", "x-x"), ("-", "x-"),
        ("日本", "x--"), ("a.b", "a-b"),
    ])
func namesBecomeWords(_ name: String, _ word: String) throws {
    #expect(RoutingKey.word(name) == word)
    let key = RoutingKey(tenant: name, plane: name, kind: .beam, source: String(repeating: name, count: 40))
    #expect(try RoutingKey(key.text) == key)
}
