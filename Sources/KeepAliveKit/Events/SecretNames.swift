import KeepAlivePlatform

/// Decides by their names which variables hold secrets, and which parts of their values no output may show. Pure.
///
/// Whole words of a name decide, not fragments: `BOT_TOKEN` is secret, `MAX_TOKENS` and `TOKENIZERS_PARALLELISM` are
/// not. Hiding `false` or `1200` would make every other line unreadable, so such values are never secret.
package enum SecretNames {
    private static let words: Set<String> = ["TOKEN", "SECRET", "PASSWORD", "PASS", "KEY", "APIKEY", "DSN"]
    /// Secret names without a secret word in them.
    private static let names: Set<String> = ["LEASE_URL", "DATABASE_URL", "ALERT_WEBHOOK_URL", "PGPASSWORD"]

    /// Whether a variable of this name holds a secret.
    package static func isSecret(_ name: String) -> Bool {
        let name = name.uppercased()
        return names.contains(name) || name.split(separator: "_").contains { words.contains(String($0)) }
    }

    /// Whether a variable of this name and value holds a secret; an ordinary value is none.
    package static func isSecret(_ name: String, value: String) -> Bool {
        isSecret(name) && !isOrdinary(value) && !isPath(name, value)
    }

    /// The texts of all these variables that no output may show.
    package static func secrets(in variables: [String: String]) -> [String] {
        variables.flatMap { secrets(of: $0.key, value: $0.value) }
    }

    /// The texts of one variable that no output may show: its value if secret, and the credentials of a URL.
    package static func secrets(of name: String, value: String) -> [String] {
        (isSecret(name, value: value) ? [value] : []) + userInfo(of: value)
    }

    /// The value, with `[hidden]` instead of its secret parts.
    package static func shown(_ name: String, _ value: String) -> String {
        isSecret(name, value: value) ? "[hidden]" : Log.none.hiding(userInfo(of: value)).redact(value)
    }

    /// A value that many lines hold by chance: a boolean, a common word, a number below 8 digits.
    private static func isOrdinary(_ value: String) -> Bool {
        if commonWords.contains(value.lowercased()) { return true }
        let number = value.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        let rest = number.filter { !(0x30...0x39).contains($0) }
        return number.count - rest.count < 8 && (rest.isEmpty || rest == [UInt8(ascii: ".")])
    }

    /// `NAME_FILE` names the file that holds the secret; an error has to be able to name it. Without a slash, a colon or digit
    /// may belong to the secret itself, given in the wrong place.
    private static func isPath(_ name: String, _ value: String) -> Bool {
        name.uppercased().hasSuffix("_FILE")
            && (value.contains("/") || !value.utf8.contains { (0x30...0x3A).contains($0) })
            && !value.split(separator: ":", omittingEmptySubsequences: false).dropFirst().contains {
                $0.hasPrefix("//")
            }
    }

    /// `user:password` of `scheme://user:password@host`, the password alone, and a user that looks like a key.
    private static func userInfo(of value: String) -> [String] {
        // By bytes: a sign beside a combining mark is no Character of its own.
        let scheme = value.utf8.prefix { $0 != UInt8(ascii: ":") }
        guard !scheme.isEmpty, scheme.allSatisfy(isSchemeByte), value.utf8[scheme.endIndex...].starts(with: "://".utf8)
        else { return [] }
        let authority = value.utf8[scheme.endIndex...].dropFirst(3).prefix { !"/?#".utf8.contains($0) }
        // A password may hold an @ that should be encoded as %40: the last @ ends the user info.
        guard let end = authority.lastIndex(of: UInt8(ascii: "@")), end > authority.startIndex else { return [] }
        let information = Substring(authority[..<end])
        guard let colon = information.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            let isKey = information.utf8.count >= 8 && information.utf8.contains { (0x30...0x39).contains($0) }
            return isKey ? spellings(information) : []
        }
        let password = information[information.utf8.index(after: colon)...]
        guard !password.isEmpty else { return [] }
        let both = colon > information.startIndex ? [String(information)] : []
        return both + (isOrdinary(String(password)) ? [] : spellings(password))
    }

    /// A text in its URL encoding, and decoded.
    package static func spellings(_ text: Substring) -> [String] {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                rest.count >= 2
            {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        let decoded = String(decoding: bytes, as: UTF8.self)
        return decoded == text ? [String(text)] : [String(text), decoded]
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte.lowercased) || (0x30...0x39).contains(byte) || [0x2B, 0x2D, 0x2E].contains(byte)
    }

    /// Words of settings and ordinary lines; as a password, none of them protects anything.
    private static let commonWords: Set<String> = Set(
        """
        true false yes no on off y n t f none null nil void undefined unset empty default defaults auto automatic manual
        enable enabled enabling disable disabled disabling active inactive allow allowed deny denied always never optional
        required strict loose open closed public private internal external local localhost remote global shared
        dev development devel test tests testing qa stage staging prod production demo sandbox live debug trace info notice
        warn warning error errors fatal critical verbose quiet silent low medium high small large normal simple basic full
        bearer header cookie query body json text plain html xml yaml csv file files env environment memory disk redis
        postgres postgresql mysql mariadb sqlite mongo mongodb database sql http https tcp udp tls ssl ssh rsa ecdsa
        ed25519 hmac sha1 sha256 sha512 md5 aes jwt oauth oauth2 token tokens secret secrets password passwords pass key keys
        apikey dsn user users username name names id ids uuid email mail host port path url uri server client service
        services admin administrator root guest owner anonymous nobody system master primary main first last session sessions
        cache value values data state status start started starting stop stopped stopping run running ready connect
        connected connecting disconnected reconnect reconnecting healthy unhealthy degraded health check checks ok okay fail
        failed failure success retry retrying restart restarted restarting exit exited bot bots launcher kit update updates
        message messages chat chats channel channels reply replies telegram discord slack alert alerts event events log
        logs line lines request requests response limit timeout time date hour hours minute minutes second seconds day days
        example sample placeholder changeme change-me todo foo bar baz hello world asc desc left right up down and or not
        the with from into this that what when new old one two three all any both some
        """.split { $0 == " " || $0 == "\n" }.map(String.init))
}
