import KeepAlivePlatform

/// Converts the body of an answer from any charset to UTF-8 without a byte order mark.
enum BodyText {
    /// A byte order mark decides the charset, otherwise the media type. Without either, a body that is not UTF-8 counts
    /// as windows-1252, as in browsers. A body in an unknown charset stays unchanged.
    static func utf8(_ body: [UInt8], contentType: String?) -> [UInt8] {
        if body.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(body.dropFirst(3)) }
        if body.starts(with: [0xFF, 0xFE, 0, 0]) { return Charset.utf8(body.dropFirst(4), from: "UTF-32LE") ?? body }
        if body.starts(with: [0, 0, 0xFE, 0xFF]) { return Charset.utf8(body.dropFirst(4), from: "UTF-32BE") ?? body }
        if body.starts(with: [0xFF, 0xFE]) { return Charset.utf8(body.dropFirst(2), from: "UTF-16LE") ?? body }
        if body.starts(with: [0xFE, 0xFF]) { return Charset.utf8(body.dropFirst(2), from: "UTF-16BE") ?? body }
        switch charset(contentType) {
        case nil, "utf-8"?, "utf8"?:
            return isUTF8(body) ? body : Charset.utf8(body[...], from: "WINDOWS-1252") ?? latin1(body)
        // Browsers read these as windows-1252, which contains their letters and more (WHATWG, Encoding).
        case "iso-8859-1"?, "latin1"?, "iso8859-1"?, "us-ascii"?, "ascii"?, "windows-1252"?, "cp1252"?:
            return Charset.utf8(body[...], from: "WINDOWS-1252") ?? latin1(body)
        // Without a mark, assume little-endian as most machines do, although the standard says big-endian.
        case "utf-16"?: return Charset.utf8(body[...], from: "UTF-16LE") ?? body
        case let name?: return Charset.utf8(body[...], from: name.uppercased()) ?? body
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

    /// Whether it is UTF-8, apart from a truncated last character.
    private static func isUTF8(_ bytes: [UInt8]) -> Bool {
        (0...3).contains { String(validating: bytes.dropLast($0), as: UTF8.self) != nil }
    }

    private static func latin1(_ bytes: [UInt8]) -> [UInt8] {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: bytes.map { Unicode.Scalar($0) })
        return Array(String(text).utf8)
    }
}
