extension MetricsText.Format {
    /// The format that a scraper asks for by its Accept field (RFC 9110, section 12.5.1); nil is a request without one.
    ///
    /// OpenMetrics goes to those alone that name it, in a version that there is, and rate it no lower than the text: `*/*`
    /// is what every tool sends that does not care. Whoever accepts neither is given the text all the same, as Prometheus'
    /// own libraries do: an answer in the wrong form tells a person more than 406 does.
    package init(accept: [UInt8]?) {
        let ranges = accept.map { String(decoding: $0, as: UTF8.self).lowercased().split(separator: ",") } ?? []
        var (open, draft, text) = (0.0, 0.0, 0.0)
        var (openRank, draftRank, textRank) = (0, 0, 0)
        for range in ranges.lazy.compactMap(Range.init) {
            // The most specific range decides, wherever it stands.
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
                // What is no number says nothing. NaN is one for Double, and equal to nothing.
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
