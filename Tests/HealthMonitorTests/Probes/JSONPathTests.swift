import Testing

@testable import KeepAliveHealthMonitor

/// The subset of RFC 9535 that selects at most one value.
struct JSONPathTests {
    private let root = try? JSONValue(
        parsing: Array(#"{"a":{"b":[1,{"c d":true}]},"x.y":null,"q'\"\\/":3,"é":4,"☺":5,"_1":6,"\u0000":7}"#.utf8))

    @Test(
        arguments: [
            ("$.a.b[0]", .integer(1)), ("a.b[-2]", .integer(1)), ("$ [ 'a' ]\n.b [ 1 ]\t[\"c d\"]", .bool(true)),
            ("$['x.y']", .null), (#"$['q\'"\\\/']"#, .integer(3)), (#"$["q'\"\\\/"]"#, .integer(3)),
            (#"$['\u00e9']"#, .integer(4)), ("$.é", .integer(4)), ("$.☺", .integer(5)), (#"$['\u263a']"#, .integer(5)),
            ("$._1", .integer(6)), (#"$['\u0000']"#, .integer(7)), ("['a']['b'][0]", .integer(1)),
        ] as [(String, JSONValue)])
    func leadsToAValue(path: String, expected: JSONValue) throws {
        #expect(try #require(JSONPath(path)).value(in: try #require(root)) == expected)
    }

    /// The third is an e with a combining accent.
    @Test(arguments: ["$.a.b[2]", "$.a.b[-3]", "$['e\u{301}']", "$.b", "$.a[0]", "$.a.b['0']"])
    func leadsNowhere(path: String) throws {
        #expect(try #require(JSONPath(path)).value(in: try #require(root)) == nil)
    }

    @Test(arguments: [
        "", " $", "$ ", "$.", "$.a.", "$. a", "$..a", "$.*", "$[*]", "$[]", "$[01]", "$[-0]", "$[+1]", "$[1.0]",
        "$[1:2]",
        "$[0,1]", "$[?@.a]", "$[9007199254740992]", "$[-9007199254740992]", "$['a'", "$['a", "$[a]", #"$['\"']"#,
        #"$["\'"]"#, #"$['\x']"#, #"$['\u12']"#, #"$['\ud800']"#, #"$['\udc00']"#, #"$['\ud800\u0041']"#, "$['\t']",
        "$.1",
        "$.a-b", "$.a b", "$a", "$$", "$.a\n", "$.&",
    ])
    func whatIsNoneOrMoreIsRefused(path: String) {
        #expect(JSONPath(path) == nil)
    }

    @Test func pairsOfHalvesAreOneCharacter() throws {
        let smile = try JSONValue(parsing: Array(#"{"😀":1}"#.utf8))
        #expect(JSONPath(#"$['\ud83d\ude00']"#)?.value(in: smile) == .integer(1))
    }
}
