import KeepAliveTestSupport
import Testing

struct JSONTests {
    @Test func keepsKindsApart() throws {
        let json = try JSON(parsing: #"{"a":[1,true,null,1.5,"1","é/"],"b":{"c":-9007199254740993}}"#)
        #expect(json["a"] == [1, true, nil, 1.5, "1", "é/"])
        #expect(json["b"]?["c"]?.integer == -9_007_199_254_740_993)
        #expect(json["a"]?[4]?.integer == nil)
        #expect(json["a"]?[4]?.lenientInteger == 1)
        #expect(try JSON(parsing: json.encoded) == json)
        #expect(throws: (any Error).self) { try JSON(parsing: "{") }
    }
}
