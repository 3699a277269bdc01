/// Reads libpq's text about a failed connection: before one stands, a refusal's code is nowhere else. Pure.
enum ConnectMessage {
    /// The words in one line, and the last code. libpq's verbose form of a refusal is `FATAL:  28P01: words`, then a line
    /// `LOCATION:  …`.
    static func read(_ text: String) -> (words: String, sqlState: String?) {
        var sqlState: String?
        var lines: [String] = []
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("LOCATION:") {
            var words = line.drop(while: \.isWhitespace)
            if let severity = line.firstRange(of: ":  ") {
                let rest = line[severity.upperBound...]
                let code = rest.prefix(5)
                let isCode = code.utf8.allSatisfy { UInt8(ascii: "0")...57 ~= $0 || UInt8(ascii: "A")...90 ~= $0 }
                if isCode, code.utf8.count == 5, rest.dropFirst(5).hasPrefix(": ") {
                    sqlState = String(code)
                    words = Substring(line[..<severity.lowerBound] + ": " + rest.dropFirst(7))
                }
            }
            if !words.isEmpty, !lines.contains(String(words)) { lines.append(String(words)) }
        }
        return (lines.isEmpty ? "the connection failed" : lines.joined(separator: "; "), sqlState)
    }
}
