/// A character that manipulates its display: C1 controls, line and paragraph separators, and marks of writing
/// direction, which make a line read differently. ASCII's controls are not covered here. Pure.
package enum ActingCharacter {
    /// The character that begins at an index of UTF-8 text, and its length in bytes; nil for a harmless character.
    @inline(__always)
    package static func find(at index: Int, in bytes: Span<UInt8>) -> (value: UInt32, length: Int)? {
        switch bytes[index] {
        case 0xC2:
            guard index + 1 < bytes.count, (0x80...0x9F).contains(bytes[index + 1]) else { return nil }
            return (UInt32(bytes[index + 1]), 2)
        case 0xD8:
            return index + 1 < bytes.count && bytes[index + 1] == 0x9C ? (0x61C, 2) : nil
        case 0xE2:
            guard index + 2 < bytes.count else { return nil }
            switch (bytes[index + 1], bytes[index + 2]) {
            case (0x80, 0x8E...0x8F), (0x80, 0xA8...0xAE): return (0x2000 + UInt32(bytes[index + 2] & 0x3F), 3)
            case (0x81, 0xA6...0xA9): return (0x2040 + UInt32(bytes[index + 2] & 0x3F), 3)
            default: return nil
            }
        default: return nil
        }
    }

    /// Whether the bytes hold such a character.
    package static func isThere(in bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices where bytes[index] >= 0xC2 && find(at: index, in: bytes) != nil { return true }
        return false
    }

    /// The text with each such character written as `\u202e`; nil when there is none.
    package static func escaped(_ bytes: Span<UInt8>) -> [UInt8]? {
        guard isThere(in: bytes) else { return nil }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count + 16)
        var index = 0
        while index < bytes.count {
            if bytes[index] >= 0xC2, let (value, length) = find(at: index, in: bytes) {
                text.appendEscape(value)
                index += length
            } else {
                text.append(bytes[index])
                index += 1
            }
        }
        return text
    }
}

extension [UInt8] {
    /// Appends `\u202e`, which is also JSON's form.
    package mutating func appendEscape(_ value: UInt32) {
        append("\\u")
        for shift in [12, 8, 4, 0] { append(UInt8.hexadecimal(UInt8(truncatingIfNeeded: value >> shift & 15))) }
    }
}

extension String {
    /// Calls the closure with the text's UTF-8.
    package func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        var text = self
        return text.withUTF8 { unsafe body($0.span) }
    }

    /// The longest text of a log line, in bytes; a longer text is cut and marked.
    package static let longestLine = 16 * 1024
}
