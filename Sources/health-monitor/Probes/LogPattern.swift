/// What to search a log line for: plain texts, any of which matches, or a regular expression.
struct LogPattern: Sendable {
    private let texts: [[UInt8]]
    private let expression: String?
    /// The most bytes searched per line: an expression may take very long on a long line.
    static let mostBytes = 4096

    /// Nil if the regular expression is invalid.
    init?(_ text: String) {
        let isPlain = !text.contains { #"\.^$*+?()[]{}"#.contains($0) }
        let parts = text.split(separator: "|", omittingEmptySubsequences: false)
        if isPlain, !parts.contains("") {
            texts = parts.map { Array($0.utf8) }
            expression = nil
            return
        }
        guard (try? Regex(text)) != nil else { return nil }
        texts = []
        expression = text
    }

    /// A matcher for lines. A compiled expression is not Sendable, so each look makes its own.
    func matcher() -> (ArraySlice<UInt8>) -> Bool {
        if let expression, let regex = try? Regex(expression) {
            return { line in
                let text = String(decoding: line.prefix(Self.mostBytes), as: UTF8.self)
                return ((try? regex.firstMatch(in: text)) ?? nil) != nil
            }
        }
        return { [texts] line in
            let line = line.prefix(Self.mostBytes)
            return texts.contains { Self.contains(line, $0) }
        }
    }

    private static func contains(_ line: ArraySlice<UInt8>, _ text: [UInt8]) -> Bool {
        guard let first = text.first else { return false }
        var rest = line
        while let place = rest.firstIndex(of: first) {
            rest = rest[place...]
            guard rest.count >= text.count else { return false }
            if rest.starts(with: text) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
