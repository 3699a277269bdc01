extension [UInt8] {
    /// Appends text known at compile time.
    @inline(__always)
    package mutating func append(_ text: StaticString) {
        unsafe append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a span's bytes.
    package mutating func append(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Appends a number in decimal.
    package mutating func appendDecimal(_ value: UInt64) {
        appendPadded(value, width: 1)
    }

    /// Appends a number in decimal with leading zeros.
    package mutating func appendPadded(_ value: UInt64, width: Int) {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 40) { digits in
            var start = digits.count
            var rest = value
            let least = digits.count - Swift.min(width, digits.count)
            while rest > 0 || start > least {
                start -= 1
                unsafe digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            unsafe append(contentsOf: digits[start...])
        }
    }

    /// Appends nanoseconds as seconds with one to six decimals: `3600.5`, `0.0`.
    package mutating func appendSeconds(nanoseconds: Int64) {
        let microseconds = UInt64(Swift.max(0, nanoseconds)) / 1000
        appendDecimal(microseconds / 1_000_000)
        append(UInt8(ascii: "."))
        appendPadded(microseconds % 1_000_000, width: 6)
        var zeros = 0
        while zeros < 5, self[count - 1 - zeros] == UInt8(ascii: "0") { zeros += 1 }
        removeLast(zeros)
    }

    /// Appends a finite number as JSON; NaN and infinity become null.
    package mutating func appendNumber(_ value: Double) {
        if value.isFinite { append(contentsOf: value.description.utf8) } else { append("null") }
    }

    /// Appends a string as JSON, quoted and escaped (RFC 8259, section 7), including characters that act on a terminal.
    package mutating func appendJSON(_ text: String) {
        text.withBytes { appendJSON($0) }
    }

    private mutating func appendJSON(_ text: Span<UInt8>) {
        append(UInt8(ascii: "\""))
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\r"): append("\\r")
            case UInt8(ascii: "\t"): append("\\t")
            case 0..<0x20, 0x7F:
                append("\\u00")
                append(contentsOf: [UInt8.hexadecimal(byte >> 4), UInt8.hexadecimal(byte & 15)])
            case 0xC2...:
                if let (value, length) = ActingCharacter.find(at: index - 1, in: text) {
                    appendEscape(value)
                    index += length - 1
                } else {
                    append(byte)
                }
            default: append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }
}

extension StaticString {
    /// A byte of the text; the index must be valid.
    @inline(__always)
    package func byte(at index: Int) -> UInt8 {
        precondition(index >= 0 && index < utf8CodeUnitCount, "a byte that is not there")
        return unsafe utf8Start[index]
    }
}

extension UInt8 {
    package static func hexadecimal(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// The byte, with A to Z in lower case.
    @inline(__always)
    package var lowercased: UInt8 {
        self >= 0x41 && self <= 0x5A ? self | 0x20 : self
    }
}
