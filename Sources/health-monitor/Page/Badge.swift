import KeepAliveKit

/// A service's state as a small image, for READMEs and dashboards. Pure.
enum Badge {
    static func markup(name: String, status: ProbeStatus) -> Markup {
        let shown = shortened(name)
        let (left, right) = (width(shown) + 12, width(status.word) + 12)
        let color =
            switch status {
            case .healthy: "#18703f"
            case .degraded: "#8a5a00"
            case .unhealthy: "#b3261e"
            case .unknown: "#57606a"
            case .maintenance: "#1f5fd0"
            }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(left + right)" height="20" role="img" \
            aria-label="\(name): \(status.word)"><title>\(name): \(status.word)</title>\
            <clipPath id="r"><rect width="\(left + right)" height="20" rx="4"/></clipPath>\
            <g clip-path="url(#r)"><rect width="\(left)" height="20" fill="#3b434d"/>\
            <rect x="\(left)" width="\(right)" height="20" fill="\(color)"/></g>\
            <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">\
            <text x="\(left / 2)" y="14" textLength="\(left - 12)" lengthAdjust="spacingAndGlyphs" \
            unicode-bidi="isolate">\(shown)</text>\
            <text x="\(left + right / 2)" y="14" textLength="\(right - 12)" lengthAdjust="spacingAndGlyphs">\
            \(status.word)</text></g></svg>

            """
    }

    private static func shortened(_ name: String) -> String {
        name.count > 40 ? String(name.prefix(39)) + "…" : name
    }

    /// The approximate width of a text in 11 px Verdana; `textLength` then fits it exactly.
    private static func width(_ text: String) -> Int {
        text.reduce(0) { sum, character in
            guard let ascii = character.asciiValue else { return sum + 12 }
            switch ascii {
            case UInt8(ascii: "i"), UInt8(ascii: "j"), UInt8(ascii: "l"), UInt8(ascii: "."), UInt8(ascii: " "):
                return sum + 4
            case UInt8(ascii: "m"), UInt8(ascii: "w"), UInt8(ascii: "M"), UInt8(ascii: "W"), UInt8(ascii: "@"):
                return sum + 10
            default: return sum + 7
            }
        }
    }
}
