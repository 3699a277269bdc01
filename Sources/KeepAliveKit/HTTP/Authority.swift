import KeepAlivePlatform

/// The `host[:port]` of a Host field or of an absolute target (RFC 3986, section 3.2.2). Pure.
enum Authority {
    /// Whether it names a host and optionally a port: every reader interprets a malformed authority differently.
    ///
    /// An empty one is well-formed: clients send an empty Host field if the URL has no host (RFC 9110, section 7.2).
    static func isWellFormed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard let first = range.first else { return true }
        var end = range.upperBound
        if bytes[first] == UInt8(ascii: "[") {
            guard let bracket = find(UInt8(ascii: "]"), in: bytes, from: first, to: end),
                isIPv6(bytes, (first + 1)..<bracket)
            else { return false }
            end = bracket + 1
        } else {
            end = find(UInt8(ascii: ":"), in: bytes, from: first, to: end) ?? end
            for index in first..<end where !isNameByte(bytes[index]) { return false }
        }
        guard end < range.upperBound else { return true }
        return bytes[end] == UInt8(ascii: ":") && isPort(bytes, (end + 1)..<range.upperBound)
    }

    /// The port may be missing after its colon.
    private static func isPort(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var port = 0
        for index in range {
            guard isDigit(bytes[index]) else { return false }
            port = min(port * 10 + Int(bytes[index] - UInt8(ascii: "0")), 65_536)
        }
        return port <= 65_535
    }

    /// A loose check: digits and letters of an address, and a zone's name after a `%`. Restarts need a stricter check.
    private static func isIPv6(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var colons = 0
        for index in range {
            switch bytes[index].lowercased {
            case UInt8(ascii: ":"): colons += 1
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "."): break
            case UInt8(ascii: "%"):
                for rest in (index + 1)..<range.upperBound where !isNameByte(bytes[rest]) { return false }
                return colons >= 2
            default: return false
            }
        }
        return colons >= 2
    }

    /// reg-name: unreserved, percent-encoded, and sub-delims except the comma, which joins two fields. One bit for each
    /// character from 0 to 127.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        // Up to 63: ! $ % & ' ( ) * + - . 0 to 9 ; =, and from 64 on: A to Z _ a to z ~
        let bits: UInt64 = byte < 64 ? 0x2BFF_6FF2_0000_0000 : 0x47FF_FFFE_87FF_FFFE
        return byte < 128 && bits >> UInt64(byte & 63) & 1 == 1
    }
}
