import Diagnostics
import JSON
import Testing

@Test func treeKeepsOrderPlacesAndExactIntegers() throws {
    let value = try JSONValue.parse(
        """
        {
          "z": [1, 2.5, "größe", true, null],
          "a": {"deep": {"er": 9007199254740993}}
        }
        """)
    #expect(value.object?.keys == ["z", "a"])
    #expect(value["z"]?[1]?.number == 2.5)
    #expect(value["z"]?[2]?.string == "größe")
    #expect(value["z"]?[3]?.bool == true)
    #expect(value["z"]?[4]?.isNull == true)
    #expect(value["z"]?[5] == nil)
    #expect(value["a", "deep", "er"]?.integer == 9_007_199_254_740_993)
    #expect(value["a", "no", "er"] == nil)
    #expect(value["z"]?[3]?.place == JSONPlace(line: 2, column: 26))
    #expect(value["a"]?["deep"]?.place == JSONPlace(line: 3, column: 17))
}

@Test func objectsWithManyMembersAnswerByKey() throws {
    let text = "{" + (0..<500).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + ",\"k7\":\"last\"}"
    var object = try #require(try JSONValue.parse(text).object)
    #expect(object.count == 500)
    #expect(object["k499"]?.integer == 499)
    #expect(object["k7"]?.string == "last")
    #expect(object.keys[7] == "k7")
    object["k3"] = nil
    #expect(object["k3"] == nil && object["k4"]?.integer == 4 && object.count == 499)
}

@Test func problemsNameLineAndColumn() {
    #expect(throws: Problem("cannot read JSON: expected `,` or `}`", at: SourcePlace(line: 2, column: 9))) {
        try JSONValue.parse("{\"ä\": 1,\n \"b\": 2 3}")
    }
    #expect(
        throws: Problem(
            "cannot read JSON: the text ends in the middle of a value",
            at: SourcePlace(file: "d.json", line: 1, column: 2))
    ) {
        try JSONValue.parse("[", file: "d.json")
    }
    #expect(
        throws: Problem(
            "cannot read JSON: nested more than 3 levels deep", at: SourcePlace(line: 1, column: 4))
    ) {
        try JSONValue.parse("[[[[]]]]", depthMax: 3)
    }
}

@Test func wrongKindsAreNamed() throws {
    let value = try JSONValue.parse(#"{"uid": 5, "none": null, "list": []}"#)
    #expect(
        throws: Problem("`uid` must be a string, not a number", at: SourcePlace(line: 1, column: 9))
    ) { try value.requiredString("uid") }
    #expect(throws: Problem("`none` is missing", at: SourcePlace(line: 1, column: 1))) {
        try value.requiredNumber("none")
    }
    #expect(
        throws: Problem("`list` must be an object, not an array", at: SourcePlace(line: 1, column: 34))
    ) { try value.requiredObject("list") }
    #expect(try value.requiredInteger("uid") == 5)
    #expect(try value.requiredArray("list").isEmpty)
}

@Test func byteOrderMarkIsPassedOver() throws {
    #expect(try JSONValue.parse([0xef, 0xbb, 0xbf] + Array("[1]".utf8)) == [1])
}

@Test func equalityLooksAtValues() throws {
    #expect(try JSONValue.parse(#"{"a":1,"b":2}"#) == JSONValue.parse(#"{"b":2.0,"a":1e0}"#))
    #expect(try JSONValue.parse("9007199254740993") != JSONValue.parse("9007199254740992"))
}
