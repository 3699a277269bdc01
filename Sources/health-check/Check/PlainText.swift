import KeepAlivePlatform

/// A text that only shows: what would move a terminal's cursor, change its colours or turn the direction of writing is
/// written as `\u001b`, which is also how JSON writes it. Pure.
///
/// A health check prints what a peer says of itself, and the peer may be a stranger who wants more than to be read.
enum PlainText {
    static func of(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: acts) else { return text }
        var shown: [UInt8] = []
        for scalar in text.unicodeScalars {
            if acts(scalar) { shown.appendEscape(scalar.value) } else { shown += String(scalar).utf8 }
        }
        return String(decoding: shown, as: UTF8.self)
    }

    /// The control characters but the line feed, line and paragraph separators, and the marks that turn the direction.
    private static func acts(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A: false
        case 0..<0x20, 0x7F..<0xA0, 0x61C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
