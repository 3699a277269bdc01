import Testing

@testable import KeepAliveKit

struct SecretHiderTests {
    private func hide(_ text: String, _ secrets: [String]) -> String {
        let hider = SecretHider(secrets.map { Array($0.utf8) })
        return hider.redact(Array(text.utf8).span).map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    @Test(
        arguments: [
            ("", ["abcd"], ""), ("abc", ["abcd"], "abc"), ("abcd", ["abcd"], "[hidden]"), ("xabcdx", [], "xabcdx"),
            ("abcdabcd", ["abcd"], "[hidden][hidden]"), ("aaaaa", ["aaaa"], "[hidden]"),
            // No piece of two overlapping secrets stays.
            ("abcdefgh", ["abcd", "cdefgh"], "[hidden]"), ("abcdefgh", ["abcdef", "cdef"], "[hidden]gh"),
            ("1:abcd 1%3Aabcd 1%3aabcd", ["1:abcd"], "[hidden] [hidden] [hidden]"), ("abc", ["abc"], "abc"),
            ("xxabcdefghyy", ["efgh", "abcd"], "xx[hidden][hidden]yy"),
        ] as [(String, [String], String)])
    func hides(text: String, secrets: [String], expected: String) {
        #expect(hide(text, secrets) == expected)
    }

    /// As in Python's `repr`, JSON with and without escaped slashes, and URLs of several libraries.
    @Test(
        arguments: [
            (#"a"b\c/d"#, [#"a"b\\c/d"#, #"a\"b\\c/d"#, #"a\"b\\c\/d"#]),
            (#"a"b\c/d"#, ["a%22b%5Cc%2Fd", "a%22b%5cc%2fd", "a%22b%5Cc/d", "a%22b%5cc/d"]),
            ("id:p@ss+1=", ["id%3Ap@ss+1=", "id%3ap@ss+1=", "id%3Ap%40ss%2B1%3D", "id%3ap%40ss%2b1%3d"]),
            ("line 1\r\n\tline 2", [#"line 1\r\n\tline 2"#, "line%201%0D%0A%09line%202"]),
        ] as [(String, [String])])
    func escapedSecretsAreHidden(secret: String, spellings: [String]) {
        for spelling in [secret] + spellings { #expect(hide("<\(spelling)>", [secret]) == "<[hidden]>", "\(spelling)") }
    }

    /// Such as a private key.
    @Test(arguments: [255, 256, 257, 300, 4000]) func longSecretsAreHidden(count: Int) {
        let secret = String((0..<count).map { Character(UnicodeScalar(UInt8(97 + $0 % 23))) })
        #expect(hide("x \(secret) y", [secret]) == "x [hidden] y")
        #expect(hide("x \(secret.dropLast()) y", [secret]) == "x \(secret.dropLast()) y")
    }

    /// Compared with the simple algorithm, over texts of few letters with many near matches.
    @Test func findsAllThatThePlainWayFinds() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            func word(_ range: ClosedRange<Int>) -> [UInt8] {
                (0..<Int.random(in: range, using: &generator)).map { _ in UInt8.random(in: 97...99, using: &generator) }
            }
            let secrets = (0..<Int.random(in: 1...4, using: &generator)).map { _ in word(4...9) }
            let text = word(0...60)
            var isSecret = [Bool](repeating: false, count: text.count)
            for secret in secrets {
                for start in 0..<max(0, text.count - secret.count + 1) where text[start...].starts(with: secret) {
                    for index in start..<(start + secret.count) { isSecret[index] = true }
                }
            }
            let found = SecretHider(secrets).redact(text.span) ?? text
            // The rest equals the simple algorithm's rest, in order.
            let rest = String(decoding: found, as: UTF8.self).replacing("[hidden]", with: "")
            let plain = zip(text, isSecret).filter { !$0.1 }.map(\.0)
            #expect(Array(rest.utf8) == plain, "\(secrets) in \(text)")
        }
    }
}
