#if canImport(Glibc)
    import KeepAlivePlatform
    import Testing

    /// Texts as web pages have them, by the C library.
    struct CharsetTests {
        /// A small system has the most usual ones alone.
        private static let hasMany = Charset.utf8([0x41], from: "WINDOWS-1258") != nil

        private func text(_ bytes: [UInt8], _ charset: String) -> String? {
            Charset.utf8(bytes[...], from: charset).map { String(decoding: $0, as: UTF8.self) }
        }

        @Test(
            arguments: [
                ("WINDOWS-1252", [0x80], "€"), ("UTF-32BE", [0, 0, 0, 0x41], "A"),
                ("UTF-16LE", [0x41, 0, 0x3D, 0xD8, 0x42, 0xDE], "A🙂"), ("UTF-16LE", [], ""),
            ] as [(String, [UInt8], String)])
        func knownCharsets(charset: String, bytes: [UInt8], expected: String) {
            #expect(text(bytes, charset) == expected)
        }

        /// An accent may follow a letter in these, so the library holds the last one back.
        @Test(
            .enabled(if: CharsetTests.hasMany),
            arguments: [
                ("WINDOWS-1258", Array("status OK".utf8), "status OK"), ("TCVN", Array("OK".utf8), "OK"),
                ("WINDOWS-1258", Array("caf".utf8) + [0x65, 0xEC], "café"),
                ("WINDOWS-1255", [0xF9, 0xEC, 0xE5, 0xED], "שלום"),
            ] as [(String, [UInt8], String)])
        func theLastLetterIsThere(charset: String, bytes: [UInt8], expected: String) {
            #expect(text(bytes, charset) == expected)
        }

        @Test func aLongTextIsWhole() {
            #expect(text([UInt8](repeating: 0xF6, count: 20_000), "WINDOWS-1252")?.utf8.count == 40_000)
        }

        /// A body may be cut within its last character.
        @Test(.enabled(if: CharsetTests.hasMany)) func invalidBytesAreReplacedAndACutCharacterIsLeftOut() {
            #expect(text([0x41, 0xFF, 0xFF, 0x42], "EUC-JP") == "A\u{FFFD}\u{FFFD}B")
            #expect(text([0x41, 0xA4], "EUC-JP") == "A")
        }

        /// The library has options of its own behind a slash, and takes blanks for nothing.
        @Test(arguments: ["NO-SUCH", "UTF-16LE//IGNORE", "UTF-16LE ", "UTF-16LE\u{7F}", "ü"])
        func anUnknownCharsetIsNone(charset: String) {
            #expect(text([0x41, 0], charset) == nil)
        }
    }
#endif
