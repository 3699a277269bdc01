extension HTTPRequest {
    /// The values of every header line of a name, in their order, without the blanks around them.
    ///
    /// For fields that only some programs ask for: the parser notes those that the server itself needs as it passes
    /// them, and looking for others would cost every `/health`.
    ///
    /// - Parameters:
    ///   - name: in small letters; the case of the request's letters does not matter (RFC 9110, section 5.1).
    ///   - bytes: those that the request was parsed from.
    package func fields(_ name: StaticString, in bytes: Span<UInt8>) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = fieldsStart
        let end = min(headLength, bytes.count)
        while start < end, let lineFeed = find(UInt8(ascii: "\n"), in: bytes, from: start, to: end) {
            // The parser has seen to it that each line ends in CR LF and has a colon; the last one is empty.
            if let colon = find(UInt8(ascii: ":"), in: bytes, from: start, to: lineFeed),
                matchesFolded(bytes, start..<colon, name)
            {
                var value = (colon + 1)..<max(colon + 1, lineFeed - 1)
                while let first = value.first, isBlank(bytes[first]) { value = (first + 1)..<value.upperBound }
                while let last = value.last, isBlank(bytes[last]) { value = value.lowerBound..<last }
                found.append(value)
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
