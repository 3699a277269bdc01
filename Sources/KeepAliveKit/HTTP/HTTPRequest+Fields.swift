extension HTTPRequest {
    /// The values of all header lines with a name, in order and without surrounding blanks.
    ///
    /// For fields that only some programs need: the parser notes the server's own fields while it parses, and looking
    /// for more would slow every `/health`.
    ///
    /// - Parameters:
    ///   - name: in lower case; the case in the request does not matter (RFC 9110, section 5.1).
    ///   - bytes: the bytes that the request was parsed from.
    package func fields(_ name: StaticString, in bytes: Span<UInt8>) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = fieldsStart
        let end = min(headLength, bytes.count)
        while start < end, let lineFeed = find(UInt8(ascii: "\n"), in: bytes, from: start, to: end) {
            // The parser has checked that each line ends in CR LF and has a colon; the last line is empty.
            if let colon = find(UInt8(ascii: ":"), in: bytes, from: start, to: lineFeed),
                matchesFolded(bytes, start..<colon, name)
            {
                found.append(withoutBlanks(bytes, (colon + 1)..<max(colon + 1, lineFeed - 1)))
            }
            start = lineFeed + 1
        }
        return found
    }
}

extension [UInt8] {
    /// A copy of a part of the bytes.
    package init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        self.init(range.lazy.map { _ in 0 as UInt8 })
        for (offset, index) in range.enumerated() { self[offset] = bytes[index] }
    }
}
