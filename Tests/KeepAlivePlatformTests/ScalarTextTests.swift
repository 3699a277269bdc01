import KeepAlivePlatform
import Testing

struct ScalarTextTests {
    /// A combining mark makes one Character with the sign before it, and some signs of Arabic with the sign after them.
    @Test(arguments: [
        ("", ""), ("a|b", "a//b"), ("|\u{301}b|", "//\u{301}b//"), ("\u{600}|\u{20DD}\r\n", "\u{600}//\u{20DD}\r\n"),
        ("👩‍👧 ü", "👩‍👧 ü"),
    ])
    func noMarkHidesASign(text: String, expected: String) {
        #expect(Array(text.replacingScalars { $0 == "|" ? "//" : nil }.utf8) == Array(expected.utf8))
    }
}
