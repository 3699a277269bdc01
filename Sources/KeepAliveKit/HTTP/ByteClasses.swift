import KeepAlivePlatform

/// Byte tests for the parser. Ranges come from the parser's own searches and lie within the bytes.

@inline(__always)
func find(_ byte: UInt8, in bytes: Span<UInt8>, from start: Int, to end: Int? = nil) -> Int? {
    var index = start
    let end = end ?? bytes.count
    while index < end {
        if bytes[index] == byte { return index }
        index += 1
    }
    return nil
}

@inline(__always)
func matches(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    for offset in 0..<range.count where bytes[range.lowerBound + offset] != text.byte(at: offset) { return false }
    return true
}

/// Whether both ranges hold the same bytes.
func matches(_ bytes: Span<UInt8>, _ one: Range<Int>, _ other: Range<Int>) -> Bool {
    guard one.count == other.count else { return false }
    for offset in 0..<one.count where bytes[one.lowerBound + offset] != bytes[other.lowerBound + offset] {
        return false
    }
    return true
}

/// Compares with a lower-case text, ignoring the case of the bytes.
@inline(__always)
func matchesFolded(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    for offset in 0..<range.count where bytes[range.lowerBound + offset].lowercased != text.byte(at: offset) {
        return false
    }
    return true
}

/// Whether the bytes begin with a lower-case text, ignoring their case.
@inline(__always)
func hasPrefix(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard range.count >= count else { return false }
    return matchesFolded(bytes, range.lowerBound..<(range.lowerBound + count), text)
}

@inline(__always)
func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

@inline(__always)
func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

/// The range without the blanks at both ends.
@inline(__always)
func withoutBlanks(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, isBlank(bytes[start]) { start += 1 }
    while end > start, isBlank(bytes[end - 1]) { end -= 1 }
    return start..<end
}

/// tchar of RFC 9110, section 5.6.2: visible ASCII except delimiters. One bit for each character from 0 to 127.
@inline(__always)
func isToken(_ byte: UInt8) -> Bool {
    let bits: UInt64 = byte < 64 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
    return byte < 128 && bits >> UInt64(byte & 63) & 1 == 1
}

func isToken(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    for index in range where !isToken(bytes[index]) { return false }
    return !range.isEmpty
}
