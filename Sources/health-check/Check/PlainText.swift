import KeepAlivePlatform

/// A text that is safe to display. Characters that move a terminal's cursor, change colours or change the direction of
/// writing become `\u001b`, JSON's notation. Pure.
///
/// A health check prints a peer's own text, and the peer may be hostile.
enum PlainText {
    static func of(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: acts) else { return text }
        var shown: [UInt8] = []
        for scalar in text.unicodeScalars {
            if acts(scalar) { shown.appendEscape(scalar.value) } else { shown += String(scalar).utf8 }
        }
        return String(decoding: shown, as: UTF8.self)
    }

    /// Control characters except the line feed, line and paragraph separators, and marks that change the direction.
    private static func acts(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A: false
        case 0..<0x20, 0x7F..<0xA0, 0x61C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
