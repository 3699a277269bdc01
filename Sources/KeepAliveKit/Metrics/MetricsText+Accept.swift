extension MetricsText.Format {
    /// The format that a scraper requests by its Accept field (RFC 9110, section 12.5.1); nil means no such field.
    ///
    /// A client gets OpenMetrics only if it names an existing version and rates it no lower than the text: tools
    /// without a preference send `*/*`. A client that accepts neither still gets the text, as in Prometheus' own
    /// libraries. An answer in the wrong form is more useful to a person than 406.
    package init(accept: [UInt8]?) {
        let ranges = accept.map { String(decoding: $0, as: UTF8.self).lowercased().split(separator: ",") } ?? []
        var (open, draft, text) = (0.0, 0.0, 0.0)
        var (openRank, draftRank, textRank) = (0, 0, 0)
        for range in ranges.lazy.compactMap(Range.init) {
            // The most specific range decides, regardless of order.
            func take(_ quality: inout Double, _ rank: inout Int, _ found: Int) {
                if found > rank { (quality, rank) = (range.quality, found) }
            }
            switch (range.type, range.version) {
            case ("application/openmetrics-text", nil):
                take(&open, &openRank, 1)
                take(&draft, &draftRank, 1)
            case ("application/openmetrics-text", "1.0.0"): take(&open, &openRank, 2)
            case ("application/openmetrics-text", "0.0.1"): take(&draft, &draftRank, 2)
            case ("*/*", nil): take(&text, &textRank, 1)
            case ("text/*", nil): take(&text, &textRank, 2)
            case ("text/plain", nil): take(&text, &textRank, 3)
            case ("text/plain", "0.0.4"): take(&text, &textRank, 4)
            default: break
            }
        }
        if open > 0, open >= draft, open >= text {
            self = .openMetrics
        } else if draft > 0, draft >= text {
            self = .openMetricsDraft
        } else {
            self = .prometheus
        }
    }

    /// One of the ranges of the field.
    private struct Range {
        let type: Substring
        var version: Substring?
        var quality = 1.0

        init?(_ text: Substring) {
            let pieces = text.split(separator: ";").map(Self.trimmed)
            guard let type = pieces.first else { return nil }
            self.type = type
            for piece in pieces.dropFirst() {
                let parts = piece.split(separator: "=", maxSplits: 1).map(Self.trimmed)
                guard parts.count == 2 else { continue }
                switch parts[0] {
                case "version": version = Self.unquoted(parts[1])
                // A malformed number is ignored. NaN is a number for Double, but equals nothing.
                case "q": quality = Double(parts[1]).map { $0 > 0 ? min($0, 1) : 0 } ?? 1
                default: break
                }
            }
        }

        private static func trimmed(_ text: Substring) -> Substring {
            var text = text.drop { $0 == " " || $0 == "\t" }
            while let last = text.last, last == " " || last == "\t" { text.removeLast() }
            return text
        }

        private static func unquoted(_ text: Substring) -> Substring {
            text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"") ? text.dropFirst().dropLast() : text
        }
    }
}
