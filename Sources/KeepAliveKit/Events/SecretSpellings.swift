/// How a secret may be written in output: as it is, and as JSON, quoted texts of programs, and URLs usually escape it.
enum SecretSpellings {
    /// The different spellings of a secret, at most ten; letters and digits alone have one.
    static func all(of secret: [UInt8]) -> Set<[UInt8]> {
        var all: Set = [secret]
        // Python's `repr`, JSON, and JSON that also escapes the slash.
        for quoted in ["\\", "\\\"", "\\\"/"] {
            all.insert(escape(secret) { controls[$0] ?? (quoted.utf8.contains($0) ? [backslash, $0] : nil) })
        }
        // Only the colon of a Telegram token; everything that a URL reserves, with or without the slash.
        for digits in ["0123456789ABCDEF", "0123456789abcdef"].map({ Array($0.utf8) }) {
            for isEscaped in [{ $0 == colon }, isReserved, { isReserved($0) && $0 != slash }] as [(UInt8) -> Bool] {
                all.insert(
                    escape(secret) { isEscaped($0) ? [percent, digits[Int($0 >> 4)], digits[Int($0 & 15)]] : nil })
            }
        }
        return all
    }

    private static let backslash = UInt8(ascii: "\\")
    private static let colon = UInt8(ascii: ":")
    private static let slash = UInt8(ascii: "/")
    private static let percent = UInt8(ascii: "%")
    private static let controls: [UInt8: [UInt8]] = [
        UInt8(ascii: "\n"): [backslash, UInt8(ascii: "n")], UInt8(ascii: "\r"): [backslash, UInt8(ascii: "r")],
        UInt8(ascii: "\t"): [backslash, UInt8(ascii: "t")],
    ]

    private static func escape(_ secret: [UInt8], _ escaped: (UInt8) -> [UInt8]?) -> [UInt8] {
        secret.flatMap { escaped($0) ?? [$0] }
    }

    /// Everything but the unreserved characters of RFC 3986.
    private static func isReserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            false
        default: true
        }
    }
}
