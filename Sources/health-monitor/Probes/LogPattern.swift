/// What a line of a log is searched for: plain texts, one of which has to be found, or a regular expression.
struct LogPattern: Sendable {
    private let texts: [[UInt8]]
    private let expression: String?
    /// The most bytes of a line that are searched: an expression may take very long over a long one.
    static let mostBytes = 4096

    /// Nil for what is no regular expression.
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

    /// Something that tells whether a line matches. Not Sendable, as a compiled expression is not: made for each look.
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
