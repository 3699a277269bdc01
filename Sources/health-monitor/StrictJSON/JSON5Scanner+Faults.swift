/// Finds the missing or excess token at the place of its cause, which is seldom where reading stops.
extension JSON5Scanner {
    // MARK: Brackets

    /// The text ends too early.
    mutating func unfinished() -> JSON5Fault {
        guard let frame = frames.last else {
            let isEmpty = text.allSatisfy { [0x09, 0x0A, 0x0D, 0x20, 0xEF, 0xBB, 0xBF].contains($0) }
            return JSON5Fault(
                place: nil,
                cause: isEmpty
                    ? "the file is empty: it has to hold an object" : "the file holds nothing but blanks and comments")
        }
        if let suspect {
            return fault(
                suspect.opening,
                "\(suspect.opener) is not closed: the bracket of \(place(of: suspect.closer)) closes it, but is indented like "
                    + "an outer one, so that \(frame.opener) of \(place(of: frame.opening)) stays open")
        }
        return fault(
            frame.opening, "\(frame.opener) is never closed: the file ends before its \(Self.sign(frame.closer))")
    }

    /// A bracket closes another kind: either that one was never closed, or this one is in excess.
    mutating func mismatch(_ closer: UInt8, _ frame: Frame) -> JSON5Fault {
        let here = mark
        let others = frames.dropLast().map(\.closer)
        let closesAnother = others.contains(closer)
        let open = frames.map(\.closer)
        let isLeftOut = !closesAnother || (balances(open, from: at + 1) && !balances(others, from: at))
        if isLeftOut {
            return fault(
                here,
                "\(Self.sign(closer)) is one too many: what is open is \(frame.opener) of \(place(of: frame.opening))")
        }
        return fault(
            frame.opening,
            "\(frame.opener) is never closed: \(Self.sign(frame.closer)) is missing before \(Self.sign(closer)) in "
                + "\(place(of: here))")
    }

    /// Whether the brackets from here on close exactly the open ones.
    private func balances(_ open: [UInt8], from start: Int) -> Bool {
        var open = open
        var offset = start
        while offset < text.count {
            let byte = text[offset]
            let next = offset + 1 < text.count ? text[offset + 1] : 0
            switch byte {
            case UInt8(ascii: "{"): open.append(UInt8(ascii: "}"))
            case UInt8(ascii: "["): open.append(UInt8(ascii: "]"))
            case UInt8(ascii: "}"), UInt8(ascii: "]"): guard open.popLast() == byte else { return false }
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                offset += 1
                while offset < text.count, text[offset] != byte, text[offset] != 0x0A {
                    offset += text[offset] == UInt8(ascii: "\\") ? 2 : 1
                }
            case UInt8(ascii: "/") where next == UInt8(ascii: "/"):
                while offset < text.count, text[offset] != 0x0A { offset += 1 }
            case UInt8(ascii: "/") where next == UInt8(ascii: "*"):
                offset += 2
                while offset + 1 < text.count,
                    text[offset] != UInt8(ascii: "*") || text[offset + 1] != UInt8(ascii: "/")
                {
                    offset += 1
                }
                offset += 1
            default: break
            }
            offset += 1
        }
        return open.isEmpty
    }

    /// More text follows the value.
    mutating func tooMuch(after final: Mark?) -> JSON5Fault {
        let found = found
        if let byte, Self.isCloser(byte) { return fault(mark, "\(found) is one too many: nothing is open here") }
        guard let final else { return fault(mark, "\(found) stands behind the end of the value") }
        return fault(
            final,
            "this \(Self.sign(text[final.offset])) closes the first bracket of the file, but \(found) follows in "
                + "\(place(of: mark)): is it one too many?")
    }

    // MARK: Commas, colons, keys

    mutating func missingComma() -> JSON5Fault {
        if byte == UInt8(ascii: ":"), let frame = frames.last {
            return frame.isObject
                ? fault(mark, "a second colon stands behind one key: is a comma missing before \(lastWords)?")
                : unclosedList(frame, before: lastWords)
        }
        let (found, next) = (found, mark)
        return fault(last, "a comma is missing behind \(lastWords), before \(found) in \(place(of: next))")
    }

    private mutating func unclosedList(_ frame: Frame, before key: String) -> JSON5Fault {
        fault(
            frame.opening,
            "\(frame.opener) is never closed: a key, \(key), follows in \(place(of: last)) where only values can stand")
    }

    mutating func missingColon(_ byte: UInt8) -> JSON5Fault {
        let (found, next) = (found, mark)
        if byte == UInt8(ascii: "=") { return fault(next, "= stands where a colon has to: write \(lastWords): …") }
        let isGlued =
            next.offset == last.offset && !Self.isCloser(byte) && ![0x22, 0x27, 0x2C, 0x5B, 0x7B].contains(byte)
        if isGlued { return fault(next, "\(found) cannot be in a key without quotes: quote the key") }
        return fault(last, "a colon is missing behind the key \(lastWords), before \(found) in \(place(of: next))")
    }

    mutating func noKey(_ byte: UInt8) -> JSON5Fault {
        let (here, found) = (mark, found)
        switch byte {
        case UInt8(ascii: ","): return fault(here, "a key is missing before this comma: leave the comma out")
        case UInt8(ascii: ":"): return fault(here, "a key is missing before this colon")
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard let frame = frames.last else { break }
            if frame.endsWithObject, let colon = frame.colon {
                return fault(
                    colon,
                    "[ is missing behind \"\(frame.key.prefix(40))\": a second value, \(found), follows in \(place(of: here))"
                )
            }
            return fault(
                frame.opening,
                "\(frame.opener) is never closed: \(found) follows in \(place(of: here)) where a key has to stand")
        case UInt8(ascii: "#"): return fault(here, "# does not begin a comment: write // or /* … */")
        default: break
        }
        return fault(here, "\(found) cannot begin a key without quotes: quote the key")
    }

    // MARK: Values

    mutating func noValue(_ start: Mark) -> JSON5Fault {
        let found = found
        switch byte {
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            return lastWords.isEmpty
                ? fault(start, "\(found) closes nothing: the file has to begin with {")
                : fault(last, "a value is missing behind \(lastWords)")
        case UInt8(ascii: ","):
            return lastWords == ":"
                ? fault(last, "a value is missing behind the colon")
                : fault(start, "a value is missing before this comma: leave the comma out")
        case UInt8(ascii: ":"):
            return fault(
                start,
                lastWords == ":"
                    ? "a second colon stands here: leave it out" : "a value is missing before this colon")
        case UInt8(ascii: "#"): return fault(start, "# does not begin a comment: write // or /* … */")
        default: break
        }
        if "“”„‘’‚«»`".unicodeScalars.contains(where: { $0 == scalar(at: at)?.scalar }) {
            return fault(start, "\(found) is no quotation mark here: write \" or '")
        }
        if scalar(at: at)?.scalar == "\0" { return fault(start, "a NUL character stands here: this is no text file") }
        return fault(start, "\(found) does not begin a value: quote it if it is a text")
    }

    mutating func wrongWord(_ word: String, _ start: Mark) throws(JSON5Fault) -> JSON5Fault {
        try skipBlanks()
        if byte == UInt8(ascii: ":") {
            // This is a key, so the closing bracket before it is missing.
            guard let frame = frames.last else {
                return fault(
                    start, "the file has to begin with {: \"\(word.prefix(40))\" is a key outside of any object")
            }
            if frame.isObject { return fault(last, "a value is missing behind the colon, before \(word.prefix(40))") }
            last = start
            return unclosedList(frame, before: "\"\(word.prefix(40))\"")
        }
        let likely = ["true", "false", "null", "Infinity", "NaN"].first { $0.lowercased() == word.lowercased() }
        let known = ["None": "null", "nil": "null", "undefined": "null", "yes": "true", "on": "true", "no": "false"]
        if let meant = likely ?? known[word] ?? known[word.lowercased()] {
            return fault(start, "\(word) is not a value: write \(meant)")
        }
        return fault(start, "\(word.prefix(40)) is not a value: quote it if it is a text")
    }

    mutating func wrongNumber(_ token: String, _ start: Mark) -> JSON5Fault {
        let shown = token.prefix(40)
        let digits = token.drop { $0 == "+" || $0 == "-" }
        if digits.hasPrefix("0"), digits.dropFirst().first?.isNumber == true {
            return fault(start, "\(shown) is not a number: leave out the zero at its beginning, or quote it")
        }
        return fault(start, "\(shown) is not a number: quote it if it is a text")
    }

    // MARK: Words

    private static func sign(_ byte: UInt8) -> String { String(Character(Unicode.Scalar(byte))) }

    /// The token here, quoted for people.
    private var found: String {
        guard let (scalar, _) = scalar(at: at) else { return "the end of the file" }
        if scalar == "\"" || scalar == "'" {
            let inside = text[(at + 1)...].prefix { $0 != text[at] && $0 != 0x0A }.prefix(40)
            return "\"\(String(decoding: inside, as: UTF8.self))\""
        }
        var end = at
        while end < text.count, end < at + 40 || text[end] & 0xC0 == 0x80,
            text[end] >= 0x80 || Character(Unicode.Scalar(text[end])).isWordPart
        {
            end += 1
        }
        if end > at { return String(decoding: text[at..<end], as: UTF8.self) }
        if scalar.value < 0x20 || scalar.value == 0x7F { return "the control character \(scalar.value)" }
        return String(Character(scalar))
    }
}

extension Character {
    fileprivate var isWordPart: Bool { isLetter || isNumber || self == "_" || self == "$" }
}
