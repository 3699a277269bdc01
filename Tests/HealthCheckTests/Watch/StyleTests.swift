import Testing

@testable import KeepAliveHealthCheck

struct StyleTests {
    static let style = Style(colour: true, unicode: true)

    static let texts: [(String, Int, String)] = [
        ("", 5, ""), ("name", 4, "name"), ("name", 3, "na…"), ("name", 1, "…"), ("name", 0, ""), ("漢字", 4, "漢字"),
        ("漢字", 3, "漢…"), ("漢字", 2, "…"), ("a漢", 2, "a…"), ("e\u{301}a", 2, "e\u{301}a"), ("é", 1, "é"),
        ("\u{1B}[31m", 9, "\u{FFFD}[31m"), ("a\nb", 9, "a\u{FFFD}b"), ("\u{202E}x", 9, "\u{FFFD}x"),
        ("\u{301}x", 9, "x"), ("שלום", 9, "שלום"), ("👍🏽", 9, "👍"), ("🇩🇪", 9, "DE"), ("👩\u{200D}👧", 9, "👩👧"),
        ("Z\u{301}\u{302}\u{303}", 9, "Z\u{301}\u{302}"),
    ]

    @Test(arguments: texts)
    func fits(text: String, cells: Int, expected: String) {
        #expect(Array(Self.style.fit(text, in: cells).text.unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test(arguments: Hostile.names)
    func widthIsThatOfTheCLibrary(name: String) {
        for cells in 0...40 {
            let fitted = Self.style.fit(name, in: cells)
            #expect(fitted.width <= cells)
            #expect(Cells.width(fitted.text) == fitted.width)
        }
    }

    @Test func asciiAlone() {
        let style = Style(colour: false, unicode: false)
        #expect(style.fit("Grüße 漢\u{301}\u{1B}", in: 20).text == "Gr??e ??")
        #expect(style.fit("cut here", in: 4).text == "cut~")
    }

    /// Every scalar of the two planes with scripts and emoji has the C library's number of cells, or is not shown.
    @Test func everyScalar() {
        var different: [String] = []
        for value in UInt32(0)...0x1FFFF {
            guard let scalar = Unicode.Scalar(value), let own = CharacterWidth.of(scalar) else { continue }
            // Unicode 14 changed an Ahom vowel from one kind of mark to another.
            if value == 0x1171E { continue }
            // A scalar unknown to the library is newer than its Unicode.
            guard let theirs = Cells.known(scalar), theirs != own else { continue }
            different.append(String(value, radix: 16))
        }
        #expect(different.isEmpty, "\(different.count): \(different.prefix(60).joined(separator: " "))")
    }

    static let paragraphs: [(String, Int, Int, [String])] = [
        ("", 9, 3, []), ("one two three", 20, 3, ["one two three"]), ("one two three", 8, 3, ["one two", "three"]),
        ("one two three", 7, 3, ["one two", "three"]), ("one two three", 6, 3, ["one", "two", "three"]),
        ("one two three", 3, 2, ["one", "two three"]), ("abcdefgh", 3, 9, ["abc", "def", "gh"]),
        ("漢字漢字", 5, 9, ["漢字", "漢字"]), ("漢字", 1, 9, ["漢", "字"]), ("one two", 0, 3, []), ("one two", 3, 0, []),
        ("  two   spaces  ", 6, 9, ["  two ", "spaces"]),
    ]

    @Test(arguments: paragraphs)
    func wraps(text: String, cells: Int, rows: Int, expected: [String]) {
        #expect(Self.style.wrap(text, in: cells, rows: rows) == expected)
    }

    @Test(arguments: Hostile.names)
    func noRowIsTooWide(name: String) {
        for cells in [2, 3, 9, 40] {
            // All but the last row, which holds the rest.
            for line in Self.style.wrap(name, in: cells, rows: 1000) {
                #expect(Self.style.fit(line, in: 10_000).width <= cells)
            }
        }
    }

    /// The console's fonts have letters of many languages, but no dots and steps.
    @Test func theLinuxConsole() {
        let style = Style(environment: ["LANG": "de_DE.UTF-8", "TERM": "linux"])
        #expect(style.fit("Grüße", in: 9).text == "Grüße")
        #expect(style.fit("Grüße", in: 4).text == "Grü~")
        #expect(style.sign(.healthy) == "+")
        #expect(Sparkline([0, 1], width: 2, style: style).rows == ["_#"])
        #expect(Style(environment: ["LANG": "de_DE.UTF-8", "TERM": "xterm"]).sign(.healthy) == "●")
    }

    static let locales: [([String: String], Bool)] = [
        (["LANG": "en_US.UTF-8"], true), (["LANG": "C"], false), ([:], false),
        (["LANG": "C.UTF-8", "LC_ALL": "C"], false),
        (["LANG": "C", "LC_CTYPE": "de_DE.utf8"], true), (["LC_ALL": "", "LANG": "C.UTF-8"], true),
        (["LANG": "ca_ES.UTF-8@valencia"], true), (["LANG": "de_DE.ISO-8859-1"], false),
    ]

    @Test(arguments: locales)
    func locale(environment: [String: String], unicode: Bool) {
        #expect(Style(environment: environment).unicode == unicode)
    }

    @Test(arguments: [("1", false), ("", true), (nil, true)])
    func noColour(value: String?, colour: Bool) {
        #expect(Style(environment: value.map { ["NO_COLOR": $0] } ?? [:]).colour == colour)
    }
}
