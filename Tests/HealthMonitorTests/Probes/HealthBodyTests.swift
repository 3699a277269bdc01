import Testing

@testable import health_monitor

struct HealthBodyTests {
    private func body(_ text: String, _ type: String? = nil) -> HealthBody? {
        HealthBody(Array(text.utf8), contentType: type)
    }

    @Test func formsThatAreUnderstood() {
        #expect(body(#"{"status":"pass"}"#)?.status == .healthy)
        #expect(body(#"{"status":"WARN"}"#)?.status == .degraded)
        #expect(body(#"{"status":"down"}"#) == nil)
        #expect(body(#"{"status":"down"}"#, "application/health+json; charset=utf-8")?.status == .unhealthy)
        for text in ["", "ok", "[]", "{", #"{"status":1}"#, #"{"status":"healthy"}"#, "null", "{}"] {
            #expect(body(text) == nil, "\(text)")
        }
    }

    /// What a stranger adds, in whatever shape, hides nothing of what is understood.
    @Test func oddParts() {
        let odd = body(
            #"{"status":"fail","output":7,"notes":"x","checks":{"a":3,"b":[{"status":5},{"status":"warn"}]}}"#)
        #expect(odd?.status == .unhealthy)
        #expect(odd?.checks.map(\.status) == [.healthy, .degraded])
        let many = (0..<500).map { #""c\#($0)":[{"status":"fail","output":"a\nb"}]"# }.joined(separator: ",")
        let long = body(#"{"status":"fail","checks":{\#(many)}}"#)
        #expect(long?.checks.count == HealthBody.mostChecks)
        #expect((long?.message ?? "").count <= 600)
        #expect(long?.message?.contains("\n") == false)
    }
}

struct JSONPathTests {
    @Test func places() throws {
        let root = try JSONValue(parsing: Array(#"{"a":{"b":[1,{"c d":true}]},"x.y":null}"#.utf8))
        let cases: [(String, JSONValue?)] = [
            ("$", root), ("$.a.b[0]", .integer(1)), ("a.b[-2]", .integer(1)), ("$.a.b[1]['c d']", .bool(true)),
            (#"$["x.y"]"#, .null), ("$.a.b[2]", nil), ("$.a.b[-3]", nil), ("$.a.c", nil), ("$.a[0]", nil),
            ("$.a.b[-9223372036854775808]", nil), ("$.a.b[9223372036854775807]", nil),
        ]
        for (text, value) in cases {
            #expect(try #require(JSONPath(text), "\(text)").value(in: root) == value, "\(text)")
        }
        for text in ["$.", "$..a", "$[", "$[a]", "$['a'", "$a", "$.a[*]", "$.*", "$.a[9223372036854775808]", ""] {
            #expect(JSONPath(text) == nil, "\(text)")
        }
    }
}
