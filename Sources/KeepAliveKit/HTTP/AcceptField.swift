/// Chooses the form of an answer by the request's Accept field (RFC 9110, section 12.5.1). Pure.
package enum AcceptField {
    /// Whether the client prefers `type` to JSON: it names the type, and gives it no lower quality.
    ///
    /// The type must be named, because tools without a preference send `*/*`. A browser names text/html before
    /// `*/*;q=0.8`.
    package static func prefers(_ type: String, in field: [UInt8]) -> Bool {
        var wanted: Double?
        var json = 0.0
        var jsonRank = -1
        for part in String(decoding: field, as: UTF8.self).lowercased().split(separator: ",") {
            let pieces = part.split(separator: ";").map { trimmed($0) }
            guard let range = pieces.first else { continue }
            let quality = pieces.dropFirst().lazy.filter { $0.hasPrefix("q=") }.compactMap { Double($0.dropFirst(2)) }
                .first
            let value = min(max(quality ?? 1, 0), 1)
            if range == type { wanted = value }
            let rank = ["*/*", "application/*", "application/json"].firstIndex(of: String(range)) ?? -1
            if rank > jsonRank {
                jsonRank = rank
                json = value
            }
        }
        guard let wanted, wanted > 0 else { return false }
        return wanted >= json
    }

    /// Whether the field is `*/*`, which most tools send: no preference.
    static func isAnything(_ head: Span<UInt8>, _ field: Range<Int>) -> Bool {
        matches(head, field, "*/*")
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
