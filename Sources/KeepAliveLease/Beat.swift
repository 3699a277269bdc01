/// What one request writes into the lease's row: a fresh random UUID, so that whoever made the beat knows its own work.
///
/// It is no identity: a cloned machine makes other beats.
package struct Beat: Hashable, Sendable, CustomStringConvertible {
    /// The UUID in lower case, as PostgreSQL prints it.
    package let description: String

    /// A fresh beat, from the system's random numbers.
    package init() {
        var generator = SystemRandomNumberGenerator()
        self.init(generator.next(), generator.next())
    }

    /// The beat of a UUID in lower case; nil for any other text.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return nil }
        for (place, byte) in bytes.enumerated() {
            switch place {
            case 8, 13, 18, 23: guard byte == UInt8(ascii: "-") else { return nil }
            default: guard Hexadecimal.value(of: byte) != nil else { return nil }
            }
        }
        description = text
    }

    /// The beat of 128 bits, marked as a random UUID (RFC 9562, section 5.4).
    init(_ high: UInt64, _ low: UInt64) {
        let digits =
            Hexadecimal.digits(of: high & ~0xF000 | 0x4000) + Hexadecimal.digits(of: low & ~(3 << 62) | 2 << 62)
        var text: [UInt8] = []
        for (place, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(place) { text.append(UInt8(ascii: "-")) }
            text.append(digit)
        }
        description = String(decoding: text, as: UTF8.self)
    }
}
