/// Parses one JSON text strictly by RFC 8259: an object without duplicate keys, in UTF-8 without a byte order mark,
/// with exact numbers and escapes. A lenient reader would accept other programs' output, or half a report.
///
/// Values are taken in order. A value of an unexpected type reads as nil, and an unused value is skipped. No tree is
/// built; the time is proportional to the bytes. After the first mistake every value is nil. Pure.
package struct JSONReader {
    /// The largest text in bytes; no report is larger.
    package static let largest = 1 << 20
    /// The deepest nesting of objects and arrays.
    private static let deepest = 64

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0
    private var isMalformed = false

    /// Reads a text that is one object.
    ///
    /// - Parameter member: takes the value of a key, or leaves it.
    /// - Returns: whether the bytes are exactly one object. Only then are the taken values valid.
    package static func readObject(_ bytes: [UInt8], _ member: (String, inout JSONReader) -> Void) -> Bool {
        guard bytes.count <= largest else { return false }
        var reader = JSONReader(bytes: bytes)
        let isObject = reader.object(member)
        return isObject && reader.peek() == nil && !reader.isMalformed
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    // MARK: Values

    /// Takes an object's members in order; false when the value is no object.
    @discardableResult
    package mutating func object(_ member: (String, inout JSONReader) -> Void) -> Bool {
        guard peek() == "{" else { return skip() ?? false }
        var names: Set<[UInt8]> = []
        items(until: "}") { reader in
            guard let name = reader.string(), names.insert(Array(name.utf8)).inserted, reader.token(":") else {
                return reader.fail()
            }
            reader.value { member(name, &$0) }
        }
        return !isMalformed
    }

    /// Takes an array's elements in order; false when the value is no array.
    @discardableResult
    package mutating func array(_ element: (inout JSONReader) -> Void) -> Bool {
        guard peek() == "[" else { return skip() ?? false }
        items(until: "]") { $0.value(element) }
        return !isMalformed
    }

    /// Takes an array of texts only.
    package mutating func strings() -> [String]? {
        var strings: [String?] = []
        let isArray = array { strings.append($0.string()) }
        return isArray && !strings.contains(nil) ? strings.compactMap(\.self) : nil
    }

    /// Takes a text.
    package mutating func string() -> String? { peek() == "\"" ? text() : skip() }

    /// Takes true or false.
    package mutating func bool() -> Bool? {
        switch peek() {
        case "t": word("true") ? true : nil
        case "f": word("false") ? false : nil
        default: skip()
        }
    }

    /// Takes a finite number.
    package mutating func double() -> Double? {
        isAtNumber ? number().flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil } : skip()
    }

    /// Takes a whole number without fraction or exponent.
    package mutating func unsigned() -> UInt64? { isAtNumber ? number().flatMap { UInt64($0) } : skip() }

    // MARK: Grammar

    private var isAtNumber: Bool {
        mutating get { peek().map { $0 == "-" || ("0"..."9").contains($0) } ?? false }
    }

    /// Skips a value.
    private mutating func skip<Value>() -> Value? {
        switch peek() {
        case "{": object { _, _ in }
        case "[": array { _ in }
        case "\"": _ = text()
        case "t", "f": _ = bool()
        case "n": _ = word("null")
        default: _ = number()
        }
        return nil
    }

    /// Reads one value; `read` may leave it.
    private mutating func value(_ read: (inout JSONReader) -> Void) {
        _ = peek()
        let start = index
        read(&self)
        if index == start { let _: Void? = skip() }
    }

    private mutating func items(until end: Unicode.Scalar, _ item: (inout JSONReader) -> Void) {
        index += 1
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { return fail() }
        if token(end) { return }
        repeat { item(&self) } while token(",")
        if !token(end) { fail() }
    }

    private mutating func number() -> String? {
        let start = index
        _ = take("-")
        var isWhole = take("0") || digits()
        if take(".") { isWhole = digits() && isWhole }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            isWhole = digits() && isWhole
        }
        if !isWhole { fail() }
        return isMalformed ? nil : String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func digits() -> Bool {
        let start = index
        while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
        return index > start
    }

    private mutating func word(_ word: String) -> Bool {
        if !word.unicodeScalars.allSatisfy({ take($0) }) { fail() }
        return !isMalformed
    }

    private mutating func text() -> String? {
        index += 1
        var text: [UInt8] = []
        while let byte = next() {
            switch byte {
            case "\"":
                let text = String(validating: text, as: UTF8.self)
                if text == nil { fail() }
                return text
            case "\\":
                guard let character = escape() else { return fail() }
                text += String(character).utf8
            case "\0"..<" ": return fail()
            default: text.append(UInt8(truncatingIfNeeded: byte.value))
            }
        }
        return fail()
    }

    private mutating func escape() -> Unicode.Scalar? {
        let letter = next()
        switch letter {
        case "\"", "\\", "/": return letter
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u":
            guard let first = unit() else { return nil }
            // A scalar beyond 16 bits is written as two surrogates; a single surrogate is no scalar.
            guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
            guard take("\\"), take("u"), let second = unit(), (0xDC00..<0xE000).contains(second) else { return nil }
            return Unicode.Scalar(0x1_0000 + (first - 0xD800) << 10 + (second - 0xDC00))
        default: return nil
        }
    }

    /// Four hexadecimal digits.
    private mutating func unit() -> UInt32? {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = next().flatMap({ Character($0).hexDigitValue }) else { return nil }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    // MARK: Bytes, each as the scalar that it is in ASCII

    private mutating func fail() {
        isMalformed = true
        index = bytes.count
    }

    private mutating func fail<Value>() -> Value? {
        fail()
        return nil
    }

    /// The next byte that is no blank; it is not consumed.
    private mutating func peek() -> Unicode.Scalar? {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            case let byte: return Unicode.Scalar(byte)
            }
        }
        return nil
    }

    private mutating func next() -> Unicode.Scalar? {
        guard index < bytes.count else { return nil }
        defer { index += 1 }
        return Unicode.Scalar(bytes[index])
    }

    private mutating func take(_ letter: Unicode.Scalar) -> Bool {
        guard index < bytes.count, Unicode.Scalar(bytes[index]) == letter else { return false }
        index += 1
        return true
    }

    /// Takes a character that may follow blanks.
    private mutating func token(_ letter: Unicode.Scalar) -> Bool {
        _ = peek()
        return take(letter)
    }
}
