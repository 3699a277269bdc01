import Testing

@testable import KeepAliveCurl

/// Each class of bytes, compared with the whole table.
struct ASCIITests {
    private static let bytes = Array(UInt8.min...UInt8.max)

    @Test func lowerCase() {
        let upper = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for byte in Self.bytes { #expect(ASCII.lowercased(byte) == (upper.contains(byte) ? byte + 32 : byte)) }
    }

    @Test func blanksAndControls() {
        #expect(Self.bytes.filter(ASCII.isBlank) == [0x09, 0x20])
        #expect(Self.bytes.filter(ASCII.isControl) == Array(UInt8(0)...8) + Array(UInt8(10)...31) + [127])
    }

    @Test func hexDigits() {
        #expect(Self.bytes.filter(ASCII.isHexDigit) == Array("0123456789ABCDEFabcdef".utf8))
    }

    @Test func tokens() {
        let letters = "abcdefghijklmnopqrstuvwxyz"
        let allowed = Set("!#$%&'*+-.^_`|~0123456789\(letters)\(letters.uppercased())".utf8)
        for byte in Self.bytes where byte < 0x80 {
            #expect(ASCII.isToken("a\(Character(UnicodeScalar(byte)))") == allowed.contains(byte), "\(byte)")
        }
        #expect(!ASCII.isToken("") && !ASCII.isToken("ä"))
    }

    @Test(arguments: [("", ""), (" \t", ""), ("a", "a"), (" a", "a"), ("a\t", "a"), (" \ta b \t", "a b")])
    func withoutBlanksAtItsEnds(text: String, trimmed: String) {
        #expect(ASCII.trimmed(Array(text.utf8)) == trimmed)
    }
}
