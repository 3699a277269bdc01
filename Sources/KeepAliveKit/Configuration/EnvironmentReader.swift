import KeepAlivePlatform

/// Parses the text of a `.env` file byte by byte: the rules of Character must not decide where a value ends. Pure.
struct EnvironmentReader {
    struct LineFailure: Error {
        let line: Int
        let reason: String
    }

    private let bytes: [UInt8]
    private var index = 0
    private var line = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }

    /// The next variable; nil at the end.
    mutating func next() throws(LineFailure) -> (key: String, value: String)? {
        while let byte = peek {
            if isLineEnd(byte) {
                skipLineEnd()
            } else if isBlank(byte) {
                index += 1
            } else if byte == UInt8(ascii: "#") {
                skipLine()
            } else {
                return try assignment()
            }
        }
        return nil
    }

    private mutating func assignment() throws(LineFailure) -> (key: String, value: String) {
        if bytes[index...].starts(with: Array("export".utf8)), let after = byte(at: index + 6), isBlank(after) {
            index += 6
            skipBlanks()
        }
        let start = index
        while let byte = peek, byte != UInt8(ascii: "="), !isLineEnd(byte) { index += 1 }
        guard peek == UInt8(ascii: "=") else {
            throw failure(
                bytes[start..<index].contains(0) ? "a NUL byte is not text" : "expected KEY=value, found no \"=\"")
        }
        let name = trimmed(start..<index)
        guard isName(name) else { throw failure(refusal(of: name)) }
        index += 1
        skipBlanks()
        let value = try value()
        return (String(decoding: name, as: UTF8.self), value)
    }

    private mutating func value() throws(LineFailure) -> String {
        guard let quote = peek, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            return try text(plainValue(), line: line)
        }
        let first = line
        let value = try quotedValue(quote)
        skipBlanks()
        if peek == UInt8(ascii: "#") { skipLine() }
        if let byte = peek, !isLineEnd(byte) {
            throw LineFailure(line: first, reason: "text after the closing quote")
        }
        return try text(value[...], line: first)
    }

    /// The value up to the line's end, or up to a `#` that follows white space.
    private mutating func plainValue() -> ArraySlice<UInt8> {
        let start = index
        while let byte = peek, !isLineEnd(byte) {
            if byte == UInt8(ascii: "#"), index == start || isBlank(bytes[index - 1]) { break }
            index += 1
        }
        let value = trimmed(start..<index)
        if peek == UInt8(ascii: "#") { skipLine() }
        return value
    }

    private mutating func quotedValue(_ quote: UInt8) throws(LineFailure) -> [UInt8] {
        let first = line
        var value: [UInt8] = []
        index += 1
        while let byte = peek {
            if isLineEnd(byte) {
                skipLineEnd()
                value.append(UInt8(ascii: "\n"))
                continue
            }
            index += 1
            if byte == quote { return value }
            guard byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") else {
                value.append(byte)
                continue
            }
            value.append(try escaped(first))
        }
        let mark = quote == UInt8(ascii: "'") ? "'" : "\""
        throw LineFailure(line: first, reason: "the quote \(mark) is not closed")
    }

    private mutating func escaped(_ first: Int) throws(LineFailure) -> UInt8 {
        defer { index += 1 }
        switch peek {
        case UInt8(ascii: "n"): return UInt8(ascii: "\n")
        case UInt8(ascii: "t"): return UInt8(ascii: "\t")
        case UInt8(ascii: "r"): return UInt8(ascii: "\r")
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"): return bytes[index]
        default:
            throw LineFailure(
                line: first,
                reason:
                    #"a backslash in double quotes must be \n, \t, \r, \", \\ or \$ (single quotes take text as it is)"#
            )
        }
    }

    /// Shows the name only if it is certainly a name: anything else may be a secret.
    private func refusal(of name: ArraySlice<UInt8>) -> String {
        let shown = !name.isEmpty && name.count <= 64 && name.allSatisfy { isNameByte($0) || $0 == 0x2D || $0 == 0x2E }
        return "the name \(shown ? "\"\(String(decoding: name, as: UTF8.self))\" " : "")before \"=\" "
            + "may hold letters, digits and _ only, and starts with no digit"
    }

    private func text(_ value: ArraySlice<UInt8>, line: Int) throws(LineFailure) -> String {
        guard !value.contains(0) else { throw LineFailure(line: line, reason: "a NUL byte is not text") }
        guard let text = String(validating: value, as: UTF8.self) else {
            throw LineFailure(line: line, reason: "not UTF-8 text")
        }
        return text
    }

    private func failure(_ reason: String) -> LineFailure { LineFailure(line: line, reason: reason) }

    // MARK: Bytes

    private var peek: UInt8? { byte(at: index) }

    private func byte(at index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipBlanks() {
        while let byte = peek, isBlank(byte) { index += 1 }
    }

    private mutating func skipLine() {
        while let byte = peek, !isLineEnd(byte) { index += 1 }
    }

    /// Skips LF, CR LF or CR; very old files end their lines with CR alone.
    private mutating func skipLineEnd() {
        let isPair = peek == UInt8(ascii: "\r") && byte(at: index + 1) == UInt8(ascii: "\n")
        index += isPair ? 2 : 1
        line += 1
    }

    private func trimmed(_ range: Range<Int>) -> ArraySlice<UInt8> {
        var text = bytes[range]
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }

    private func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

    private func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private func isName(_ text: ArraySlice<UInt8>) -> Bool {
        guard let first = text.first, !(0x30...0x39).contains(first) else { return false }
        return text.allSatisfy(isNameByte)
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte.lowercased)
    }
}
