/// Hexadecimal digits in lower case.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// The 16 digits of a number.
    static func digits(of number: UInt64) -> [UInt8] {
        (0..<16).reversed().map { digit(Int(truncatingIfNeeded: number >> UInt64($0 * 4)) & 15) }
    }

    /// The two digits of a byte.
    static func digits(of byte: UInt8) -> [UInt8] { [digit(Int(byte >> 4)), digit(Int(byte & 15))] }

    /// The value of a digit in lower case; nil for any other byte.
    static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func digit(_ value: Int) -> UInt8 { digits[value & 15] }
}
