import Testing

@testable import KeepAliveKit

struct StrictJSONTests {
    @Test(arguments: [
        "{}", " {\n}\t", #"{"a":1,"b":[1,-0,0.5,1e3,1E-2,-1.5e+10,true,false,null,"x",{}]}"#,
        #"{"a":"é\u00e9\ud83d\ude42\/\b"}"#,
        #"{"":""}"#, #"{"a":{"a":{"a":[]}}}"#,
    ])
    func objects(text: String) {
        #expect(StrictJSON.isObject(Array(text.utf8)))
    }

    @Test(arguments: [
        "", " ", "[]", "1", "null", "{", "}", "{}{}", "{},", "{}x", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#,
        #"{a:1}"#,
        #"{'a':1}"#, #"{"a":01}"#, #"{"a":+1}"#, #"{"a":.5}"#, #"{"a":1.}"#, #"{"a":1e}"#, #"{"a":0x1}"#, #"{"a":NaN}"#,
        #"{"a":Infinity}"#, #"{"a":-}"#, #"{"a":tru}"#, #"{"a":True}"#, #"{"a":"x}"#, #"{"a":"\x"}"#, #"{"a":"\u12"}"#,
        #"{"a":"\u+123"}"#, #"{"a":"\ud83d"}"#, #"{"a":"\ude42"}"#, #"{"a":"\ud83dx"}"#, "{\"a\":\"\n\"}",
        "{\"a\":\"\0\"}",
        #"{"a":1,"a":1}"#, #"{"a":1,"\u0061":1}"#, #"{"b":{"a":1,"a":2}}"#, #"{"a":[1,]}"#, #"{"a":[1 2]}"#, "{}\0",
        "\u{FEFF}{}",
        "{/**/}", "{\u{A0}}", "{}//",
    ])
    func others(text: String) {
        #expect(!StrictJSON.isObject(Array(text.utf8)))
    }

    @Test func bytesAndDepth() {
        #expect(!StrictJSON.isObject(Array("{\"a\":\"".utf8) + [0xE9] + Array("\"}".utf8)))
        for (depth, isFine) in [(60, true), (100, false), (200_000, false)] {
            let text = "{\"a\":" + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
            #expect(StrictJSON.isObject(Array(text.utf8)) == isFine)
        }
        // Cut anywhere, it is none.
        let whole = Array(#"{"a":[1,"\ud83d\ude42",{"b":null}]}"#.utf8)
        for count in whole.indices { #expect(!StrictJSON.isObject(Array(whole.prefix(count)))) }
    }
}
