import Testing

@testable import KeepAliveHealthMonitor

/// JSON5 by json5.org; faults name the place of their cause.
struct JSON5ScannerTests {
    private func value(_ text: String) throws -> JSONValue? {
        try JSONValue.readingJSON5(Array("{\"v\": \(text)\n}".utf8)).value["v"]
    }

    @Test(
        arguments: [
            ("0x1F", .integer(31)), ("-0xab", .integer(-171)), ("+1", .integer(1)), (".5", .number(0.5)),
            ("5.", .integer(5)),
            ("5.e3", .integer(5000)), ("+.5e-2", .number(0.005)), ("0.", .integer(0)), ("-0", .integer(0)),
            ("Infinity", .number(.infinity)), ("-Infinity", .number(-.infinity)), ("+Infinity", .number(.infinity)),
            ("1e400", .number(.infinity)), ("0xFFFFFFFFFFFFFFFFFFFF", .number(1_208_925_819_614_629_174_706_176)),
            ("'it\\'s'", "it's"), ("\"it's\"", "it's"),
            ("'\\x41\\0\\v\\u00e9\\b\\f\\n\\r\\t\\q'", "A\0\u{B}é\u{8}\u{C}\n\r\tq"),
            ("'\\ud83d\\ude00'", "😀"), ("'a\\\nb'", "ab"), ("'a\\\r\nb\\\u{2028}c'", "abc"), ("'\u{2028}'", "\u{2028}"),
            ("\"\t\"", "\t"), ("[1,]", .array([.integer(1)])), ("[]", .array([])),
            ("{a:1,}", .object(["a": .integer(1)])),
            (
                "{é: 1, \\u0061b: 2, $_0: 3, å\u{200C}: 4, while: 5, 'q r': 6}",
                .object([
                    "é": .integer(1), "ab": .integer(2), "$_0": .integer(3), "å\u{200C}": .integer(4),
                    "while": .integer(5),
                    "q r": .integer(6),
                ])
            ),
            ("/* c */ 1 // x", .integer(1)), ("/**/ null /***/", .null), ("\u{A0}1\u{FEFF}", .integer(1)),
            ("\u{2003}\u{2028}\u{2029}\u{3000}\u{1680}\u{B}\u{C}true", .bool(true)), ("1 //x\u{2028}", .integer(1)),
            ("'\u{FFFF}Infinity?'", "\u{FFFF}Infinity?"),
        ] as [(String, JSONValue)])
    func takesAllThatIsJSON5(text: String, expected: JSONValue) throws {
        #expect(try value(text) == expected)
    }

    @Test func takesNotANumberAndAByteOrderMark() throws {
        #expect(try value("-NaN")?.double?.isNaN == true)
        #expect(try JSONValue.readingJSON5([0xEF, 0xBB, 0xBF] + Array("[]".utf8)).value == .array([]))
    }

    @Test(arguments: [
        "01", "-01", "010", "0x", "1.2.3", "1e", "+", "- 1", ".", "1_000", "1a", "0x1.8", "--1", "tru", "True", "None",
        "undefined", "\\u0074rue", "#c", "'\\x4'", "'\\u12'", "'\\u00g0'", "'\\1'", "'\\01'", "'\\ud800'", "[,]",
        "[1,,2]",
        "{,}", "{a}", "{a 1}", "{a=1}", "{1:2}", "{a:}", "{a-b:1}", "[1 2]", "{a::1}", "{a:1 b:2}", "/", "1 2", "``",
        "“a”", "1\u{85}", "]", "}", "",
    ])
    func refusesWhatIsNot(text: String) {
        #expect(throws: JSON5Fault.self) { try value(text) }
    }

    private static let good = """
        {
          // a comment
          api: { port: 0, key: "abcdefgh" },
          targets: [
            { name: "a", type: "disk", path: "/" },
            { name: "b", type: "memory" },
          ],
          channels: [],
        }

        """

    /// The changed text, the reported place of the fault, and words of the cause.
    @Test(arguments: [
        ("gh\" },", "gh\" }", 3, 36, "a comma is missing behind }, before targets in line 4, column 3"),
        ("\"b\", ", "\"b\" ", 6, 16, "a comma is missing"), ("port: 0,", "port: 0;", 3, 17, "a comma is missing"),
        ("port: 0", "port 0", 3, 14, "a colon is missing behind the key \"port\""),
        ("targets: [", "targets [", 4, 10, "a colon is missing"), ("port: 0", "po-rt: 0", 3, 12, "quote the key"),
        ("\"/\" },", "\"/\",", 5, 5, "{ is never closed"), ("\"memory\" }", "\"memory\"", 6, 5, "{ is never closed"),
        ("  ],\n", "", 4, 12, "[ is never closed"), ("[],\n}", "[],\n", 1, 1, "{ is never closed"),
        ("gh\" }", "gh\"", 3, 8, "{ is not closed"), ("targets: [", "targets:", 4, 11, "[ is missing"),
        ("],\n  ch", "},\n  ch", 4, 12, "[ is never closed"), ("\"/\" }", "\"/\" }}", 5, 43, "} is one too many"),
        ("[],", "[]],", 8, 15, "] is one too many"), ("[],", "[]},", 8, 15, "is it one too many?"),
        ("[],\n}", "[],\n}}", 9, 2, "} is one too many"),
        ("fgh\"", "fgh", 3, 24, "the text that begins here is not closed"),
        ("// a", "/* a", 2, 3, "the comment that begins here is never closed"),
        ("\"a\"", "\"é\\u00g0\"", 5, 15, "four hexadecimal digits"),
        ("port: 0", "port: 007", 3, 16, "007 is not a number"),
        ("port: 0", "port: Null", 3, 16, "write null"), ("api: {", "api:", 3, 7, "a value is missing"),
        ("{\n  // a", "  // a", 2, 3, "the file has to begin with {"),
        ("// a", "# a", 2, 3, "does not begin a comment"),
        // The last value is no object, although an earlier one was.
        ("targets: [", "x: 1, {", 1, 1, "{ is never closed"),
    ])
    func faultsStandAtTheirCause(old: String, new: String, line: Int, column: Int, words: String) throws {
        let range = try #require(Self.good.firstRange(of: old))
        for end in ["\n", "\r\n", "\r"] {
            let text = Self.good.replacingCharacters(in: range, new).replacing("\n", with: end)
            let fault = #expect(throws: JSON5Fault.self) { try JSONValue.readingJSON5(Array(text.utf8)) }
            #expect(fault?.place == .init(line: line, column: column), "\(fault?.description ?? "")")
            #expect(fault?.cause.contains(words) == true, "\(fault?.description ?? "")")
        }
        #expect(throws: Never.self) { try JSONValue.readingJSON5(Array(Self.good.utf8)) }
    }

    @Test(
        arguments: [
            ([], "the file is empty"), (Array(" \n".utf8), "the file is empty"),
            (Array("// x".utf8), "nothing but blanks"),
            (Array("\n }".utf8), "line 2, column 2: } closes nothing: the file has to begin with {"),
            (Array("]".utf8), "line 1, column 1: ] closes nothing"), (Array(":1".utf8), "before this colon"),
            (Array("{a::1}".utf8), "a second colon"), (Array("[:1]".utf8), "before this colon"),
            (Array("{a:,}".utf8), "column 4: a value is missing behind the colon"),
            (Array("[1,,2]".utf8), "column 4: a value is missing before this comma: leave the comma out"),
            (Array("{a: null b: 1}".utf8), "column 9: a comma is missing behind null, before b in"),
            (Array("{a: -01}".utf8), "-01 is not a number: leave out the zero"),
            (Array("{a: 0x}".utf8), "0x is not a number: quote it"),
            // A bracket in a text or comment closes nothing.
            (Array(#"{a: [1}], b: "\"]"}"#.utf8), "column 7: } is one too many"),
            (Array("{a: [1}], // }\n b: 2}".utf8), "column 7: } is one too many"),
            (Array("{a: [1}], /* * } */ b: 2}".utf8), "column 7: } is one too many"),
            ([0x7B, 0x0A, 0x20, 0x63, 0xE9, 0x3A], "line 2, column 3: byte 0xE9 is not UTF-8"),
            ([0x7B, 0x22, 0xC3, 0xA9, 0xE9, 0x22], "line 1, column 4: byte 0xE9 is not UTF-8"),
            ([0x22, 0xED, 0xA0, 0x80, 0x22], "line 1, column 2: byte 0xED is not UTF-8"), ([0x22, 0xC3], "byte 0xC3"),
            ([0xFF, 0xFE, 0x7B, 0, 0x7D, 0], "UTF-16"), ([0xFE, 0xFF, 0, 0x7B, 0, 0x7D], "UTF-16"),
            ([0x7B, 0, 0x7D, 0], "UTF-16"), ([0, 0x7B, 0, 0x7D], "UTF-16"),
            ([0xFF, 0xFE, 0, 0, 0x7B, 0, 0, 0], "UTF-32"), ([0, 0, 0xFE, 0xFF, 0, 0, 0, 0x7B], "UTF-32"),
            (Array(repeating: 0, count: 100), "line 1, column 1: a NUL character"),
            (Array(repeating: UInt8(ascii: "["), count: 1_000_000), "column 101: it is nested more than 100 levels"),
        ] as [([UInt8], String)])
    func bytesThatAreNoJSON5AreNamed(bytes: [UInt8], words: String) {
        let fault = #expect(throws: JSON5Fault.self) { try JSONValue.readingJSON5(bytes) }
        #expect(fault?.description.contains(words) == true, "\(fault?.description ?? "")")
    }

    @Test func keysThatStandTwiceAreNamedByTheirPaths() throws {
        let text = "{a: 1, 'a': 2, b: [{c: 1}, {c: 2, d: {e: 1, \\u0065: 2}}]}"
        let keys = try JSONValue.readingJSON5(Array(text.utf8)).repeatedKeys
        #expect(keys.map(\.path) == ["a", "b[1].d.e"])
        #expect(keys.first?.words.contains("line 1, column 8") == true)
    }

    /// The list is a value too.
    @Test func theMostValues() {
        let ones = Array(repeating: Array("1,".utf8), count: JSON5Scanner.mostValues - 1).joined()
        let list = Array("[".utf8) + ones + Array("]".utf8)
        #expect(throws: Never.self) { try JSON5Scanner.scan(list) }
    }

    @Test(arguments: [(4096, true), (4097, false)]) func aNumberHasSoManyDigits(count: Int, isTaken: Bool) {
        let found = try? value(String(repeating: "9", count: count))
        #expect((found == .number(.infinity)) == isTaken)
    }

    @Test(
        arguments: [
            (.number(-.infinity), "-Infinity"), (.number(.infinity), "Infinity"), (.number(.nan), "NaN"),
            (.number(0.5), "0.5"), (.integer(-7), "-7"), (.bool(false), "false"), (.null, "null"), ("a", "\"a\""),
            (.array([]), "a list"), (.object([:]), "an object"),
        ] as [(JSONValue, String)])
    func whatAFindingCallsAValue(value: JSONValue, words: String) {
        #expect(value.kind == words)
    }

    /// A fault after a million values is found, and a text that is only too long is reported.
    @Test func aTextMayBeLong() {
        let many = Array("[".utf8) + Array(repeating: Array("1,".utf8), count: JSON5Scanner.mostValues + 1).joined()
        for (end, words) in [("]", "more than 500000 values"), ("x]", "x is not a value")] {
            let fault = #expect(throws: JSON5Fault.self) { try JSONValue.readingJSON5(many + Array(end.utf8)) }
            #expect(fault?.description.contains(words) == true)
        }
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, _ new: String) -> String {
        var text = self
        text.replaceSubrange(range, with: new)
        return text
    }
}
