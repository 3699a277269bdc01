import KeepAliveCurl
import KeepAlivePostgreSQL

/// Parses the casino's own variables strictly, and collects every finding instead of stopping at the first. Pure.
///
/// An empty value counts as unset, because Compose files and unit files write `NAME=` for "not set".
struct VariableReader {
    /// The findings so far: each line names the variable, the value and what is allowed.
    var findings: [String] = []
    private let variables: [String: String]
    private let secrets: [String]

    /// - Parameter secrets: the names of variables whose values no finding may show, even if set in the wrong variable.
    init(_ variables: [String: String], secrets: [String]) {
        self.variables = variables
        self.secrets = secrets.compactMap { variables[$0] }.filter { !$0.isEmpty }
    }

    func value(_ name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    mutating func flag(_ name: String) -> Bool {
        guard let text = value(name)?.lowercased() else { return false }
        if ["true", "1", "yes", "on"].contains(text) { return true }
        if !["false", "0", "no", "off"].contains(text) { refuse(name, "true or false") }
        return false
    }

    /// Digits with at most one point; no signs or exponents, although `Double` takes them.
    mutating func seconds(_ name: String, in range: ClosedRange<Double>) -> Duration? {
        guard let text = value(name) else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isDigit) }),
            let seconds = Double(text), range.contains(seconds)
        {
            return .seconds(seconds)
        }
        refuse(name, "a number of seconds from \(Int(range.lowerBound)) to \(Int(range.upperBound))")
        return nil
    }

    /// A web address to add paths to. It is checked as each request checks its own, where a fault is a network error.
    mutating func url(_ name: String) -> String? {
        guard var url = value(name) else { return nil }
        let example = "an address such as https://bot.example.com"
        guard url.utf8.allSatisfy({ $0 < 0x80 }), !url.contains("?"), !url.contains("#") else {
            refuse(name, example)
            return nil
        }
        do throws(HTTPClientError) {
            _ = try Endpoint(url: url)
        } catch {
            refuse(name, "\(example) (\(error.reason))")
            return nil
        }
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }

    /// A PostgreSQL URL, which is never shown.
    mutating func database(_ name: String) -> PostgreSQLAddress? {
        guard let url = value(name) else { return nil }
        do throws(PostgreSQLError) {
            return try PostgreSQLAddress(url)
        } catch {
            findings.append("\(name) (hidden) is not allowed: \(error.message)")
            return nil
        }
    }

    /// A bot's token: digits, a colon and 35 characters. The value itself is never shown.
    mutating func token(_ name: String) -> String? {
        guard let token = required(name, remedy: "get one from @BotFather, or try --demo") else { return nil }
        let parts = token.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2, let number = parts.first, !number.isEmpty, number.utf8.allSatisfy(Self.isDigit),
            let secret = parts.last, secret.utf8.count == 35,
            secret.utf8.allSatisfy({
                Self.isDigit($0) || (0x61...0x7A).contains($0 | 0x20) && $0 < 0x80 || "_-".utf8.contains($0)
            })
        {
            return token
        }
        let scalars = token.unicodeScalars
        // Names the surplus characters, because the value itself cannot be shown.
        let oddity: String? =
            if scalars.contains(where: { $0 == "\n" || $0 == "\r" }) {
                "it has a line break"
            } else if scalars.contains(where: { "\"'`\u{201C}\u{201D}\u{2018}\u{2019}".unicodeScalars.contains($0) }) {
                "it has quotes"
            } else if scalars.contains(where: \.properties.isWhitespace) {
                "it has a space"
            } else if scalars.contains(where: { !$0.isASCII || $0.value < 0x20 || $0.value == 0x7F }) {
                "it has an invisible character, or a character that tokens do not have"
            } else {
                nil
            }
        findings.append(
            "\(name) (hidden, \(scalars.count) characters) is not allowed: \(oddity.map { "\($0); " } ?? "")"
                + "give digits, a colon and 35 characters, as @BotFather shows it")
        return nil
    }

    mutating func owner(_ name: String) -> Int64? {
        let remedy = "send /start to @userinfobot to learn yours, or try --demo"
        guard let text = required(name, remedy: remedy) else { return nil }
        if let id = Self.userID(text[...]) { return id }
        refuse(name, "a Telegram user id, which is a positive whole number")
        return nil
    }

    /// Numbers separated by commas.
    mutating func userIDs(_ name: String) -> Set<Int64> {
        let ids = (value(name) ?? "").split(separator: ",").map(Self.userID)
        if ids.contains(nil) { refuse(name, "Telegram user ids separated by commas, such as 123,456") }
        return Set(ids.compactMap { $0 })
    }

    private mutating func required(_ name: String, remedy: String) -> String? {
        if let value = value(name) { return value }
        findings.append("\(name) is not set: \(remedy)")
        return nil
    }

    private mutating func refuse(_ name: String, _ allowed: String) {
        var shown = secrets.reduce(value(name) ?? "") { $0.replacing($1, with: "[hidden]") }
        // The credentials must stay private.
        if let end = shown.lastIndex(of: "@"), shown.contains("://") { shown = "[hidden]" + shown[end...] }
        if shown.count > 60 { shown = shown.prefix(60) + "…" }
        findings.append("\(name)=\"\(shown)\" is not allowed: give \(allowed)")
    }

    private static func userID(_ text: Substring) -> Int64? {
        let digits = text.filter { !$0.isWhitespace }
        guard digits.utf8.allSatisfy(isDigit), let id = Int64(digits), id > 0 else { return nil }
        return id
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
