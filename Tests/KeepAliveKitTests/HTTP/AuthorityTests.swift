import Testing

@testable import KeepAliveKit

struct AuthorityTests {
    private func isWellFormed(_ bytes: [UInt8]) -> Bool { Authority.isWellFormed(bytes.span, 0..<bytes.count) }

    /// A reg-name allows exactly the characters of RFC 3986, section 3.2.2, except the comma.
    @Test func characters() {
        let letters = "abcdefghijklmnopqrstuvwxyz"
        let allowed = Set("-._~%!$&'()*+;=0123456789\(letters)\(letters.uppercased())".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(isWellFormed([0x61, byte, 0x61]) == allowed.contains(byte), "\(byte)")
        }
    }

    /// The loose check of an address in brackets.
    @Test func charactersInBrackets() {
        let allowed = Set("0123456789abcdefABCDEF.:%".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(isWellFormed(Array("[::1".utf8) + [byte, 0x5D]) == allowed.contains(byte), "\(byte)")
        }
    }

    @Test(arguments: [
        ("", true), (":", true), (":80", true), ("a:0", true), ("a:9", true), ("a:65535", true), ("a:65536", false),
        ("a:655350", false), ("a:065535", true), ("a:/", false), ("a:;", false), ("[::]", true), ("[:]", false),
        ("[::1]:", true), ("[::1]:65536", false), ("[::1]a", false), ("[::1%a_b]", true), ("[::1%a b]", false),
        ("[::1%]:1", true), ("[1:%a]", false), ("[::1", false), ("[]", false),
    ])
    func hostAndPort(text: String, isRight: Bool) {
        #expect(isWellFormed(Array(text.utf8)) == isRight)
    }
}
