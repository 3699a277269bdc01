import KeepAlivePlatform

/// Decides which texts are valid hosts in a URL. Stricter than libcurl, which takes `0x7f.1` for 127.0.0.1 and looks up
/// `256.256.256.256`. An ambiguous host could reach another machine than a reader of the URL expects.
enum HostName {
    /// The host as sent, an IPv6 address in brackets, or its fault, in words that quote nothing of it.
    static func checked(_ host: ArraySlice<UInt8>) -> Result<String, Fault> {
        if host.first == UInt8(ascii: "[") { return addressInBrackets(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { return .failure("it names no host") }
        guard !host.contains(UInt8(ascii: "%")) else {
            return .failure("the host holds a %: write its letters as they are")
        }
        guard host.contains(where: { $0 >= 0x80 }) else { return plain(host) }
        // Converted first: this turns full-width digits and dots into ordinary ones.
        guard String(validating: host, as: UTF8.self) != nil,
            let converted = CurlURL.asciiHost(of: "http://\(String(decoding: host, as: UTF8.self))/")
        else { return .failure("the host's name cannot be written as xn--…") }
        return plain(Array(converted.utf8)[...])
    }

    private static func plain(_ host: ArraySlice<UInt8>) -> Result<String, Fault> {
        guard host.allSatisfy(isNameByte) else {
            return .failure("the host holds a character that no host's name has")
        }
        // A final dot is valid; the name is then looked up exactly as written.
        let labels = (host.last == UInt8(ascii: ".") ? host.dropLast() : host)
            .split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.allSatisfy({ !$0.isEmpty }) else {
            return .failure("the host has nothing before, after or between its dots")
        }
        if labels.last.map(isNumber) == true, !(labels.count == 4 && labels.allSatisfy(isByte) && host.last != 0x2E) {
            return .failure("the host is not an IPv4 address: give four numbers from 0 to 255, such as 192.0.2.1")
        }
        return .success(String(decoding: host, as: UTF8.self))
    }

    /// An IPv6 address; a link-local one may name its interface after `%25` (RFC 6874).
    private static func addressInBrackets(_ text: ArraySlice<UInt8>) -> Result<String, Fault> {
        let words = String(decoding: text, as: UTF8.self)
        let parts = words.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        var address = in6_addr()
        guard let first = parts.first, !text.contains(0), unsafe inet_pton(AF_INET6, String(first), &address) == 1
        else {
            return .failure("there is no IPv6 address in the brackets")
        }
        guard parts.count > 1 else {
            var canonical = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            guard unsafe inet_ntop(AF_INET6, &address, &canonical, socklen_t(canonical.count)) != nil else {
                return .success("[\(words)]")
            }
            return .success("[\(String(decoding: canonical.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self))]")
        }
        let isOfLink = unsafe withUnsafeBytes(of: address) { unsafe $0[0] == 0xFE && $0[1] & 0xC0 == 0x80 }
        let zone = parts[1].utf8.starts(with: "25".utf8) ? parts[1].utf8.dropFirst(2) : parts[1].utf8[...]
        guard isOfLink, !zone.isEmpty, zone.allSatisfy(isNameByte) else {
            return .failure("there is no IPv6 address in the brackets")
        }
        return .success("[\(first)%25\(String(decoding: Array(zone), as: UTF8.self))]")
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(ASCII.lowercased(byte)) || "-_.".utf8.contains(byte)
    }

    /// Whether some parsers would read the host as IPv4 because of its last label: digits, or `0x` and hex digits.
    private static func isNumber(_ label: ArraySlice<UInt8>) -> Bool {
        if label.allSatisfy({ (0x30...0x39).contains($0) }) { return true }
        guard label.starts(with: "0x".utf8) || label.starts(with: "0X".utf8) else { return false }
        return label.dropFirst(2).allSatisfy { ASCII.isHexDigit($0) }
    }

    /// Whether the label is a number from 0 to 255 without a leading zero, which some parsers read as octal.
    private static func isByte(_ label: ArraySlice<UInt8>) -> Bool {
        label.allSatisfy { (0x30...0x39).contains($0) } && (label.count == 1 || label.first != UInt8(ascii: "0"))
            && UInt8(String(decoding: label, as: UTF8.self)) != nil
    }

    struct Fault: Error, ExpressibleByStringLiteral {
        let words: String
        init(stringLiteral words: String) { self.words = words }
    }
}
