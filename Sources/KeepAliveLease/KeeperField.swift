/// A field of a message, in the form in which it is written.
package enum KeeperField: Equatable, Sendable {
    case word(String)
    /// `-` stands for nil, so the text `-` itself is escaped.
    case text(String?)
    case beat(Beat)
    case beats([Beat])
    case decimal(String)

    /// A whole number.
    package static func number(_ number: some FixedWidthInteger) -> KeeperField { .decimal(String(number)) }

    static let separator = UInt8(ascii: "\t")
    static let absent = UInt8(ascii: "-")
    static let escape = UInt8(ascii: "%")

    var bytes: [UInt8] {
        switch self {
        case .word(let word), .decimal(let word): Array(word.utf8)
        case .text(nil): [Self.absent]
        case .text(.some(let text)): Self.escaped(text)
        case .beat(let beat): Array(beat.description.utf8)
        case .beats(let beats): Array(beats.map(\.description).joined(separator: ",").utf8)
        }
    }

    /// Whether a byte of a text is written as `%` and two digits.
    static func needsEscape(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F || byte == escape }

    private static func escaped(_ text: String) -> [UInt8] {
        if text == "-" { return Array("%2d".utf8) }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if needsEscape(byte) { bytes += [escape] + Hexadecimal.digits(of: byte) } else { bytes.append(byte) }
        }
        return bytes
    }
}
