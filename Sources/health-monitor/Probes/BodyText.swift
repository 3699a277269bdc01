import KeepAlivePlatform

/// The body of an answer as UTF-8 without a byte order mark, whatever charset it came in.
enum BodyText {
    /// The charset is told by a byte order mark, else by the media type; a body that is no UTF-8 and says nothing is taken
    /// for windows-1252, as browsers do. A body in a charset that this system does not know stays as it is.
    static func utf8(_ body: [UInt8], contentType: String?) -> [UInt8] {
        if body.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(body.dropFirst(3)) }
        if body.starts(with: [0xFF, 0xFE, 0, 0]) { return converted(body.dropFirst(4), from: "UTF-32LE") ?? body }
        if body.starts(with: [0, 0, 0xFE, 0xFF]) { return converted(body.dropFirst(4), from: "UTF-32BE") ?? body }
        if body.starts(with: [0xFF, 0xFE]) { return converted(body.dropFirst(2), from: "UTF-16LE") ?? body }
        if body.starts(with: [0xFE, 0xFF]) { return converted(body.dropFirst(2), from: "UTF-16BE") ?? body }
        switch charset(contentType) {
        case nil, "utf-8"?, "utf8"?:
            return isUTF8(body) ? body : converted(body[...], from: "WINDOWS-1252") ?? latin1(body)
        // What browsers take these for: its letters are the same, and it has more of them (WHATWG, Encoding).
        case "iso-8859-1"?, "latin1"?, "iso8859-1"?, "us-ascii"?, "ascii"?, "windows-1252"?, "cp1252"?:
            return converted(body[...], from: "WINDOWS-1252") ?? latin1(body)
        // Without a mark it is in the order of most machines, though the standard's is the other.
        case "utf-16"?: return converted(body[...], from: "UTF-16LE") ?? body
        case let name?: return converted(body[...], from: name.uppercased()) ?? body
        }
    }

    /// The parameter of a media type (RFC 9110, section 8.3.2), in lower case.
    static func charset(_ contentType: String?) -> String? {
        for part in (contentType ?? "").lowercased().split(separator: ";").dropFirst() {
            let words = part.split(separator: "=", maxSplits: 1).map { $0.filter { !" \t\"'".contains($0) } }
            if words.first == "charset", words.count > 1, !words[1].isEmpty { return words[1] }
        }
        return nil
    }

    /// Whether it is UTF-8, but for a last character that was cut off.
    private static func isUTF8(_ bytes: [UInt8]) -> Bool {
        (0...3).contains { String(validating: bytes.dropLast($0), as: UTF8.self) != nil }
    }

    private static func latin1(_ bytes: [UInt8]) -> [UInt8] {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: bytes.map { Unicode.Scalar($0) })
        return Array(String(text).utf8)
    }

    #if canImport(Darwin)
        private static func converted(_ bytes: ArraySlice<UInt8>, from charset: String) -> [UInt8]? {
            switch charset {
            case "UTF-16LE": String(bytes: bytes, encoding: .utf16LittleEndian).map { Array($0.utf8) }
            case "UTF-16BE": String(bytes: bytes, encoding: .utf16BigEndian).map { Array($0.utf8) }
            default: nil
            }
        }
    #else
        /// Foundation's essentials know but few charsets, the C library most of them (iconv(3)). What is no character becomes
        /// U+FFFD. Nil for a charset that it does not know.
        private static func converted(_ bytes: ArraySlice<UInt8>, from charset: String) -> [UInt8]? {
            // No option of iconv's own, such as //IGNORE.
            guard charset.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }),
                let converter = iconv_open("UTF-8", charset), converter != iconv_t(bitPattern: -1)
            else { return nil }
            defer { iconv_close(converter) }
            var source = bytes.map { CChar(bitPattern: $0) }
            var text: [UInt8] = []
            source.withUnsafeMutableBufferPointer { source in
                var input = source.baseAddress
                var left = source.count
                withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16 * 1024) { chunk in
                    while left > 0 {
                        var output = chunk.baseAddress
                        var room = chunk.count
                        let result = iconv(converter, &input, &left, &output, &room)
                        let reason = errno
                        text += chunk[..<(chunk.count - room)].map { UInt8(bitPattern: $0) }
                        guard result == -1 else { break }
                        // A character that was cut off at the end.
                        if reason == EINVAL { break }
                        if reason == EILSEQ {
                            text += [0xEF, 0xBF, 0xBD]
                            input = input?.advanced(by: 1)
                            left -= 1
                        } else if reason != E2BIG {
                            break
                        }
                    }
                }
            }
            return text
        }
    #endif
}
