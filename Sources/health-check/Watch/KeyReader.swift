/// Converts a terminal's bytes, in any pieces, to keys. Pure.
///
/// Pasted text is ignored (bracketed paste), so that a text with an "r" and a "y" restarts no bot.
struct KeyReader {
    private enum State {
        case ground
        case escape
        /// After `ESC [`, with the bytes so far; after `ESC O`, which has one more byte.
        case sequence([UInt8])
        case single
        /// The number of remaining bytes of a non-ASCII character.
        case character(Int)
    }

    private var state = State.ground
    private var isPasting = false

    /// Whether an Escape arrived that may be a key or the beginning of a sequence.
    var isWaiting: Bool {
        switch state {
        case .escape, .sequence, .single: true
        case .ground, .character: false
        }
    }

    /// Reads the received bytes.
    mutating func read(_ bytes: some Sequence<UInt8>) -> [Key] {
        bytes.compactMap { read($0) }
    }

    /// No byte has followed for a while: the Escape was a key.
    mutating func pause() -> Key? {
        defer { state = .ground }
        guard case .escape = state, !isPasting else { return nil }
        return .escape
    }

    private mutating func read(_ byte: UInt8) -> Key? {
        switch state {
        case .ground: return ground(byte)
        case .character(let left):
            if (0x80...0xBF).contains(byte) {
                state = left > 1 ? .character(left - 1) : .ground
                return left > 1 ? nil : key(.other)
            }
            // The character was cut short; this byte is not part of it.
            state = .ground
            return ground(byte)
        case .escape:
            switch byte {
            case UInt8(ascii: "["): state = .sequence([])
            case UInt8(ascii: "O"): state = .single
            case 0x1B: return key(.escape)
            default:
                // Alt with a key.
                state = .ground
                return key(.other)
            }
            return nil
        case .single:
            state = .ground
            return sequence([byte])
        case .sequence(let parameters):
            // Parameters and intermediates, then one final byte (ECMA-48, 5.4).
            if (0x20...0x3F).contains(byte) {
                // The longest known sequence is a click, with 14 bytes; of longer ones, keep enough to see that they are
                // unknown.
                if parameters.count < 16 { state = .sequence(parameters + [byte]) }
                return nil
            }
            state = .ground
            if (0x40...0x7E).contains(byte) { return sequence(parameters + [byte]) }
            if byte == 0x1B { state = .escape }
            return nil
        }
    }

    private mutating func ground(_ byte: UInt8) -> Key? {
        switch byte {
        case 0x1B:
            state = .escape
            return nil
        case 0x0A, 0x0D: return key(.enter)
        case 0x08, 0x7F: return key(.backspace)
        // Ctrl-P and Ctrl-N, as in other programs.
        case 0x10: return key(.up)
        case 0x0E: return key(.down)
        case 0x20...0x7E: return key(.character(Character(Unicode.Scalar(byte))))
        case 0xC2...0xDF: state = .character(1)
        case 0xE0...0xEF: state = .character(2)
        case 0xF0...0xF4: state = .character(3)
        default: return key(.other)
        }
        return nil
    }

    private func key(_ key: Key) -> Key? { isPasting ? nil : key }

    private static let keys: [String: Key] = [
        "A": .up, "B": .down, "H": .home, "F": .end, "1~": .home, "7~": .home, "4~": .end, "8~": .end, "5~": .pageUp,
        "6~": .pageDown,
    ]

    private mutating func sequence(_ bytes: [UInt8]) -> Key? {
        let text = String(decoding: bytes, as: UTF8.self)
        if text == "200~" || text == "201~" {
            isPasting = text == "200~"
            return nil
        }
        if bytes.first == UInt8(ascii: "<") { return Self.mouse(bytes.dropFirst()).map { key($0) } ?? nil }
        return key(Self.keys[text] ?? .other)
    }

    /// `0;column;rowM` (SGR mouse mode, 1006): a button, or the wheel as 64 and 65. Releases end with `m`.
    private static func mouse(_ bytes: ArraySlice<UInt8>) -> Key? {
        let parts = bytes.dropLast().split(separator: UInt8(ascii: ";"))
        guard bytes.last == UInt8(ascii: "M"), parts.count == 3, let row = number(parts[2]) else { return nil }
        switch number(parts[0]) {
        case 0: return .click(row - 1)
        case 64: return .wheelUp
        case 65: return .wheelDown
        default: return nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        digits.count > 5 ? nil : Int(String(decoding: digits, as: UTF8.self))
    }
}
