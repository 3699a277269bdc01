/// Reads the fields of a packet in their order.
package struct KeeperFieldReader {
    private let bytes: [UInt8]
    /// The start of the next field; nil at the end.
    private var next: Int?

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        next = 0
    }

    var isAtEnd: Bool { next == nil }

    /// A number in decimal digits, without sign or leading zeros.
    mutating func number<Number: FixedWidthInteger>(
        from least: Number, through most: Number = .max
    ) throws(KeeperMessageError) -> Number {
        try Self.number(in: try field(), from: least, through: most)
    }

    /// A number, or nil for a certain word.
    mutating func number<Number: FixedWidthInteger>(
        orNil word: String, from least: Number
    ) throws(KeeperMessageError) -> Number? {
        let field = try field()
        return field.elementsEqual(word.utf8) ? nil : try Self.number(in: field, from: least, through: .max)
    }

    /// A text, or nil.
    mutating func text() throws(KeeperMessageError) -> String? {
        let field = try field()
        return field.elementsEqual([KeeperField.absent]) ? nil : try Self.text(in: field)
    }

    /// A text that is not nil.
    mutating func requiredText() throws(KeeperMessageError) -> String {
        guard let text = try text() else { throw .malformed("-") }
        return text
    }

    mutating func beat() throws(KeeperMessageError) -> Beat {
        try Self.beat(in: try field())
    }

    /// One beat or more.
    mutating func beats() throws(KeeperMessageError) -> [Beat] {
        let parts = try field().split(
            separator: UInt8(ascii: ","), maxSplits: KeeperMessageLimits.beats, omittingEmptySubsequences: false)
        guard parts.count <= KeeperMessageLimits.beats else { throw .malformed("more beats than allowed") }
        var beats: [Beat] = []
        for part in parts { beats.append(try Self.beat(in: part)) }
        return beats
    }

    private mutating func field() throws(KeeperMessageError) -> ArraySlice<UInt8> {
        guard let start = next else { throw .missingField }
        guard let end = bytes[start...].firstIndex(of: KeeperField.separator) else {
            next = nil
            return bytes[start...]
        }
        next = end + 1
        return bytes[start..<end]
    }

    private static func number<Number: FixedWidthInteger>(
        in field: ArraySlice<UInt8>, from least: Number, through most: Number
    ) throws(KeeperMessageError) -> Number {
        let text = String(decoding: field, as: UTF8.self)
        // The initializer takes signs and leading zeros too.
        guard let number = Number(text), String(number) == text, number >= least, number <= most else {
            throw .malformed(text)
        }
        return number
    }

    private static func beat(in field: ArraySlice<UInt8>) throws(KeeperMessageError) -> Beat {
        let text = String(decoding: field, as: UTF8.self)
        guard let beat = Beat(text) else { throw .malformed(text) }
        return beat
    }

    private static func text(in field: ArraySlice<UInt8>) throws(KeeperMessageError) -> String {
        var bytes: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            guard byte == KeeperField.escape else {
                guard !KeeperField.needsEscape(byte) else { throw .malformed(String(decoding: field, as: UTF8.self)) }
                bytes.append(byte)
                continue
            }
            // A zero byte is no text for PostgreSQL.
            guard let high = rest.popFirst().flatMap(Hexadecimal.value),
                let low = rest.popFirst().flatMap(Hexadecimal.value),
                high | low != 0
            else { throw .malformed(String(decoding: field, as: UTF8.self)) }
            bytes.append(high << 4 | low)
        }
        // One form for each text: an escaped letter would be a second one.
        guard let text = String(validating: bytes, as: UTF8.self), KeeperField.text(text).bytes.elementsEqual(field)
        else { throw .malformed(String(decoding: field, as: UTF8.self)) }
        return text
    }
}
