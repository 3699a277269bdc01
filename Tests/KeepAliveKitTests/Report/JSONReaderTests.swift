import Testing

@testable import KeepAliveKit

struct JSONReaderTests {
    private func isObject(_ bytes: [UInt8]) -> Bool { JSONReader.readObject(bytes) { _, _ in } }

    @Test(arguments: [
        "{}", " {\n}\t", #"{"a":1,"b":[1,-0,0.5,1e3,1E-2,-1.5e+10,true,false,null,"x",{}]}"#,
        #"{"a":"é\u00e9\ud83d\ude42\/\b"}"#, #"{"":""}"#, #"{"a":"\ud800\udc00\udbff\udfff"}"#,
        #"{"a":{"a":{"a":[]}}}"#, #"{"\u00e9":1,"e\u0301":2}"#,
    ])
    func objects(text: String) {
        #expect(isObject(Array(text.utf8)))
    }

    @Test(arguments: [
        "", " ", "[]", "1", "null", "{", "}", "{}{}", "{},", "{}x", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#,
        #"{a:1}"#,
        #"{'a':1}"#, #"{"a":01}"#, #"{"a":+1}"#, #"{"a":.5}"#, #"{"a":1.}"#, #"{"a":1e}"#, #"{"a":0x1}"#, #"{"a":NaN}"#,
        #"{"a":Infinity}"#, #"{"a":-}"#, #"{"a":tru}"#, #"{"a":True}"#, #"{"a":"x}"#, #"{"a":"\x"}"#, #"{"a":"\u12"}"#,
        #"{"a":"\u+123"}"#, #"{"a":"\ud83d"}"#, #"{"a":"\ude42"}"#, #"{"a":"\ud83dx"}"#, "{\"a\":\"\n\"}",
        "{\"a\":\"\0\"}", #"{"a":"\ud83d\u0041"}"#,
        #"{"a":1,"a":1}"#, #"{"a":1,"\u0061":1}"#, #"{"b":{"a":1,"a":2}}"#, #"{"a":[1,]}"#, #"{"a":[1 2]}"#, "{}\0",
        "\u{FEFF}{}",
        "{/**/}", "{\u{A0}}", "{}//",
    ])
    func others(text: String) {
        #expect(!isObject(Array(text.utf8)))
    }

    @Test func bytesAndDepth() {
        #expect(!isObject(Array("{\"a\":\"".utf8) + [0xE9] + Array("\"}".utf8)))
        for (depth, isFine) in [(63, true), (64, false), (200_000, false)] {
            let text = "{\"a\":" + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
            #expect(isObject(Array(text.utf8)) == isFine)
        }
        let frame = #"{"a":""}"#.utf8.count
        for (count, isFine) in [(JSONReader.largest - frame, true), (JSONReader.largest - frame + 1, false)] {
            #expect(isObject(Array("{\"a\":\"\(String(repeating: "x", count: count))\"}".utf8)) == isFine)
        }
    }

    /// Each reader accepts its own type and skips all others.
    @Test func types() {
        let values = ["true", "1.5", "7", "\"\\ud83d\\ude42\\n\"", "[\"a\",\"b\"]", "[1]", "{\"a\":[]}", "null"]
        let body = Array("{\(values.enumerated().map { "\"\($0)\":\($1)" }.joined(separator: ","))}".utf8)
        func found<Value>(_ take: (inout JSONReader) -> Value?) -> [Value] {
            var found: [Value] = []
            #expect(JSONReader.readObject(body) { _, value in found += take(&value).map { [$0] } ?? [] })
            return found
        }
        #expect(found { $0.bool() } == [true])
        #expect(found { $0.double() } == [1.5, 7])
        #expect(found { $0.unsigned() } == [7])
        #expect(found { $0.string() } == ["🙂\n"])
        #expect(found { $0.strings() } == [["a", "b"]])
        #expect(found { value in value.object { _, _ in } ? true : nil }.count == 1)
        #expect(found { value in value.array { _ in } ? true : nil }.count == 2)
    }

    @Test(
        arguments: [
            ("-1", -1, nil), ("1e2", 100, nil), ("1e999", nil, nil), ("18446744073709551615", 0x1p64, .max),
            ("18446744073709551616", 0x1p64, nil), ("0", 0, 0), ("1e-5", 0.00001, nil),
        ] as [(String, Double?, UInt64?)])
    func numbers(text: String, double: Double?, unsigned: UInt64?) {
        let body = Array("{\"a\":\(text),\"b\":\(text)}".utf8)
        let isObject = JSONReader.readObject(body) { key, value in
            if key == "a" { #expect(value.double() == double) } else { #expect(value.unsigned() == unsigned) }
        }
        #expect(isObject)
    }
}
