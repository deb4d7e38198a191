import JSON
import Testing

@Test func writerEscapesAndSeparates() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("a\"\\")
    writer.string("\u{0}\n\t\r\u{1f}\u{7f}é😀/")
    writer.key("n")
    writer.beginArray()
    writer.integer(-5)
    writer.number(0.1)
    writer.number(1e21)
    writer.number(3)
    writer.number(-0.0)
    writer.number(.nan)
    writer.number(.infinity)
    writer.number(-.infinity)
    writer.bool(true)
    writer.null()
    writer.endArray()
    writer.key("e")
    writer.beginObject()
    writer.endObject()
    writer.endObject()
    #expect(
        writer.string
            == #"{"a\"\\":"\u0000\n\t\r\u001f\u007fé😀/","n":[-5,0.1,1e+21,3,-0.0,"NaN","+Inf","-Inf",true,null],"e":{}}"#
    )
}

@Test func writtenTreesReadBackEqual() throws {
    let texts = [
        #"{"a":[1,2.50,{"b":null}],"long":123456789012345678901234567890,"s":"\u0001\"x"}"#,
        "[]", "{}", "[[],{}]", "\"\"", "1e-300", "true",
    ]
    for text in texts {
        let value = try JSONValue.parse(text)
        #expect(try JSONValue.parse(value.description) == value)
        var pretty = JSONWriter(indentation: 2)
        pretty.value(value)
        #expect(try JSONValue.parse(pretty.string) == value)
    }
}

@Test func indentationPutsOneMemberALine() {
    var writer = JSONWriter(indentation: 2)
    writer.value(["a": 1, "b": [true, []], "c": [:]])
    #expect(
        writer.string
            == """
            {
              "a": 1,
              "b": [
                true,
                []
              ],
              "c": {}
            }
            """)
}

@Test func linesFollowEachOther() {
    var writer = JSONWriter()
    writer.value([1])
    writer.newline()
    writer.value(["a": "b"])
    writer.newline()
    #expect(writer.string == "[1]\n{\"a\":\"b\"}\n")
    writer.removeAll()
    #expect(writer.bytes.isEmpty)
}
