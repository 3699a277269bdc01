/// The tokens of JSON5: blanks, comments, texts, names, words and numbers.
extension JSON5Scanner {
    // MARK: Blanks and comments

    mutating func skipBlanks() throws(JSON5Fault) {
        while let byte {
            switch byte {
            case 0x0A, 0x0D: takeLineEnd()
            case 0x09, 0x0B, 0x0C, 0x20: at += 1
            case UInt8(ascii: "/"): try skipComment()
            case 0x80...:
                guard let (scalar, length) = scalar(at: at), Self.isBlank(scalar) else { return }
                at += length
            default: return
            }
        }
    }

    /// Non-ASCII white space: NBSP, the byte order mark, the separators of lines and paragraphs, Unicode's spaces.
    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\u{A0}", "\u{FEFF}", "\u{2028}", "\u{2029}": true
        default: scalar.properties.generalCategory == .spaceSeparator
        }
    }

    /// CR LF counts as one line end.
    private mutating func takeLineEnd() {
        if byte == 0x0D, at + 1 < text.count, text[at + 1] == 0x0A { at += 1 }
        at += 1
        line += 1
        lineStart = at
    }

    private mutating func skipComment() throws(JSON5Fault) {
        let start = mark
        let next = at + 1 < text.count ? text[at + 1] : 0
        switch next {
        case UInt8(ascii: "/"):
            while let byte, byte != 0x0A, byte != 0x0D, !isSeparator { at += 1 }
        case UInt8(ascii: "*"):
            at += 2
            while let byte {
                if byte == UInt8(ascii: "*"), at + 1 < text.count, text[at + 1] == UInt8(ascii: "/") {
                    at += 2
                    return
                }
                if byte == 0x0A || byte == 0x0D { takeLineEnd() } else { at += 1 }
            }
            throw fault(start, "the comment that begins here is never closed: end it with */")
        default: throw fault(start, "a single / has no meaning: write // or /* for a comment")
        }
    }

    /// U+2028 or U+2029, which end a line in JSON5.
    private var isSeparator: Bool {
        at + 2 < text.count && text[at] == 0xE2 && text[at + 1] == 0x80
            && (text[at + 2] == 0xA8 || text[at + 2] == 0xA9)
    }

    func scalar(at offset: Int) -> (scalar: Unicode.Scalar, length: Int)? {
        guard offset < text.count else { return nil }
        let first = text[offset]
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard offset + length <= text.count else { return nil }
        var value = UInt32(length == 1 ? first : first & (0x7F >> UInt8(length)))
        for byte in text[offset + 1..<offset + length] { value = value << 6 | UInt32(byte & 0x3F) }
        return Unicode.Scalar(value).map { ($0, length) }
    }

    // MARK: Texts

    /// Reads a quoted text, writes it as JSON, and returns it.
    mutating func takeString(_ quote: UInt8) throws(JSON5Fault) -> String {
        let start = mark
        at += 1
        var bytes: [UInt8] = []
        while true {
            guard let byte, byte != 0x0A, byte != 0x0D else {
                let sign = Character(Unicode.Scalar(quote))
                throw fault(start, "the text that begins here is not closed on its line: end it with \(sign)")
            }
            if byte == quote { break }
            if byte == UInt8(ascii: "\\") {
                try takeEscape(into: &bytes)
            } else {
                bytes.append(byte)
                at += 1
            }
        }
        at += 1
        let value = String(decoding: bytes, as: UTF8.self)
        appendString(value)
        note("\"\(value.prefix(40))\"")
        return value
    }

    /// Writes a text in JSON's form.
    mutating func appendString(_ value: String) {
        json.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): json += [UInt8(ascii: "\\"), byte]
            case ..<0x20:
                let digits = String(byte, radix: 16)
                json += Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
            default: json.append(byte)
            }
        }
        json.append(UInt8(ascii: "\""))
    }

    private mutating func takeEscape(into bytes: inout [UInt8]) throws(JSON5Fault) {
        let start = mark
        at += 1
        // At the end of the text the quote is missing; the fault names its beginning.
        guard let (scalar, length) = scalar(at: at) else { return }
        switch scalar {
        case "\n", "\r":
            takeLineEnd()
            return
        case "u":
            bytes += Array(String(Character(try takeUnicodeEscape(start))).utf8)
            return
        case "x":
            at += 1
            guard let value = hexadecimal(2), let scalar = Unicode.Scalar(value) else {
                throw fault(start, "\\x needs two hexadecimal digits, such as \\x41")
            }
            bytes += Array(String(Character(scalar)).utf8)
            return
        case "1"..."9":
            throw fault(start, "\\\(scalar) is not an escape: write \\\\ for a backslash")
        case "0":
            if at + 1 < text.count, (0x30...0x39).contains(text[at + 1]) {
                throw fault(start, "\\0 with a digit behind it is not an escape: write \\x00")
            }
            bytes.append(0)
        case "\u{2028}", "\u{2029}": break
        case "b": bytes.append(0x08)
        case "f": bytes.append(0x0C)
        case "n": bytes.append(0x0A)
        case "r": bytes.append(0x0D)
        case "t": bytes.append(0x09)
        case "v": bytes.append(0x0B)
        default: bytes += Array(String(Character(scalar)).utf8)
        }
        at += length
    }

    /// `u` and four digits, and a second escape if they are half of a surrogate pair.
    private mutating func takeUnicodeEscape(_ start: Mark) throws(JSON5Fault) -> Unicode.Scalar {
        at += 1
        guard let value = hexadecimal(4) else {
            throw fault(start, "\\u needs four hexadecimal digits, such as \\u00e9")
        }
        if let scalar = Unicode.Scalar(value) { return scalar }
        let rest = at
        if value < 0xDC00, byte == UInt8(ascii: "\\"), at + 1 < text.count, text[at + 1] == UInt8(ascii: "u") {
            at += 2
            if let low = hexadecimal(4), (0xDC00...0xDFFF).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (value - 0xD800) << 10 + (low - 0xDC00))
            {
                return scalar
            }
            at = rest
        }
        throw fault(start, "\\u\(String(value, radix: 16)) is half of a character: the other half is missing")
    }

    private mutating func hexadecimal(_ count: Int) -> UInt32? {
        guard at + count <= text.count else { return nil }
        var value: UInt32 = 0
        for byte in text[at..<at + count] {
            guard byte < 0x80, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        at += count
        return value
    }

    // MARK: Names, words and numbers

    /// An unquoted name by ECMAScript 5.1; nil if none begins here.
    mutating func takeName() throws(JSON5Fault) -> String? {
        var name = String.UnicodeScalarView()
        while let (scalar, length) = scalar(at: at) {
            let start = mark
            var found = scalar
            if scalar == "\\" {
                at += 1
                guard byte == UInt8(ascii: "u") else {
                    throw fault(start, "in a name only \\u and four digits may follow \\")
                }
                found = try takeUnicodeEscape(start)
            } else if Self.isNamePart(scalar, isFirst: name.isEmpty) {
                at += length
            } else {
                break
            }
            guard Self.isNamePart(found, isFirst: name.isEmpty) else {
                throw fault(start, "this character cannot be in a name without quotes: quote the key")
            }
            name.append(found)
        }
        return name.isEmpty ? nil : String(name)
    }

    private static func isNamePart(_ scalar: Unicode.Scalar, isFirst: Bool) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "_", "$": return true
        case "0"..."9", "\u{200C}", "\u{200D}": return !isFirst
        case ..<"\u{80}": return false
        default: break
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber:
            return true
        case .nonspacingMark, .spacingMark, .decimalNumber, .connectorPunctuation: return !isFirst
        default: return false
        }
    }

    mutating func takeWord(_ start: Mark) throws(JSON5Fault) {
        let isEscaped = byte == UInt8(ascii: "\\")
        guard let (first, _) = scalar(at: at), isEscaped || Self.isNamePart(first, isFirst: true),
            let word = try takeName()
        else { throw noValue(start) }
        let isPlain = at - start.offset == word.utf8.count
        switch word {
        case "true" where isPlain, "false" where isPlain, "null" where isPlain: json += Array(word.utf8)
        case "Infinity" where isPlain, "NaN" where isPlain: json += Array((JSON5Number.json(word) ?? "null").utf8)
        default: throw try wrongWord(word, start)
        }
        note(word)
    }

    mutating func takeNumber() throws(JSON5Fault) {
        let start = mark
        while let byte, byte < 0x80,
            Self.isNamePart(Unicode.Scalar(byte), isFirst: false) || [0x2B, 0x2D, 0x2E].contains(byte)
        {
            at += 1
        }
        let token = String(decoding: text[start.offset..<at], as: UTF8.self)
        guard token.utf8.count <= 4096, let number = JSON5Number.json(token) else {
            throw wrongNumber(token, start)
        }
        json += Array(number.utf8)
        note(token.count > 40 ? token.prefix(40) + "…" : token)
    }
}
