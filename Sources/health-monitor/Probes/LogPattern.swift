import Synchronization

/// What to search a log line for: plain texts, any of which matches, or a regular expression.
struct LogPattern: Sendable {
    private let texts: [[UInt8]]
    private let expression: String?
    private let search = Search()
    /// The most bytes searched per line: an expression may take very long on a long line.
    static let mostBytes = 4096

    private final class Search: Sendable {
        let isRunning = Atomic(false)
    }

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

    /// The expression, while it searches a line.
    var running: String? { search.isRunning.load(ordering: .relaxed) ? expression : nil }

    /// A matcher for lines. A compiled expression is not Sendable, so each look makes its own.
    func matcher() -> (ArraySlice<UInt8>) -> Bool {
        if let expression, let regex = try? Regex(expression) {
            // By scalars: with a mark behind it a character would be another one, which the expression does not name.
            let byScalars = regex.matchingSemantics(.unicodeScalar)
            return { [search] line in
                search.isRunning.store(true, ordering: .relaxed)
                defer { search.isRunning.store(false, ordering: .relaxed) }
                let text = String(decoding: Self.searched(line), as: UTF8.self)
                return ((try? byScalars.firstMatch(in: text)) ?? nil) != nil
            }
        }
        return { [texts] line in
            let line = Self.searched(line)
            return texts.contains { Self.contains(line, $0) }
        }
    }

    /// A line may end in CRLF; the expression's `$` means the end of its text.
    private static func searched(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        (line.last == UInt8(ascii: "\r") ? line.dropLast() : line).prefix(mostBytes)
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
