/// Collects a mail server's reply codes from libcurl's lines, which it passes like header lines
/// (CURLOPT_HEADERFUNCTION(3)).
struct MailReplies {
    private(set) var codes: [Int] = []
    private var bytes = 0

    /// Takes the next line; returns false when the limit of bytes is exceeded. Of a reply in several lines only the last
    /// counts: its code ends in a blank (RFC 5321, section 4.2.1).
    mutating func take(_ line: [UInt8]) -> Bool {
        bytes += line.count
        guard bytes <= ResponseHead.maximumBytes else { return false }
        let digits = line.prefix(3)
        guard digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }),
            line.count == 3 || line[3] != UInt8(ascii: "-")
        else { return true }
        codes.append(digits.reduce(0) { $0 * 10 + Int($1 - 0x30) })
        return true
    }
}
