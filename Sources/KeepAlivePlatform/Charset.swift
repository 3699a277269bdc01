/// Converts text in other charsets than UTF-8 by the C library, which knows most (iconv(3)); on Darwin UTF-16 alone.
package enum Charset {
    #if canImport(Darwin)
        /// A text as UTF-8; nil for an unknown charset.
        package static func utf8(_ bytes: ArraySlice<UInt8>, from charset: String) -> [UInt8]? {
            guard ["UTF-16LE", "UTF-16BE"].contains(charset) else { return nil }
            let (low, high) = charset == "UTF-16LE" ? (0, 1) : (1, 0)
            let units = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map {
                UInt16(bytes[$0 + low]) | UInt16(bytes[$0 + high]) << 8
            }
            return Array(String(decoding: units, as: UTF16.self).utf8)
        }
    #else
        /// A text as UTF-8; invalid bytes become U+FFFD. Nil for an unknown charset.
        package static func utf8(_ bytes: ArraySlice<UInt8>, from charset: String) -> [UInt8]? {
            // Rejects iconv's own options, such as //IGNORE.
            guard charset.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }),
                let converter = unsafe iconv_open("UTF-8", charset), unsafe converter != iconv_t(bitPattern: -1)
            else { return nil }
            defer { unsafe iconv_close(converter) }
            var source = bytes.map { CChar(bitPattern: $0) }
            var text: [UInt8] = []
            unsafe source.withUnsafeMutableBufferPointer { source in
                var input = source.baseAddress
                var left = source.count
                unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16 * 1024) { chunk in
                    while left > 0 {
                        var output = chunk.baseAddress
                        var room = chunk.count
                        let result = unsafe iconv(converter, &input, &left, &output, &room)
                        let reason = errno
                        text += unsafe chunk[..<(chunk.count - room)].map { UInt8(bitPattern: $0) }
                        guard result == -1 else { break }
                        // The last character is incomplete.
                        if reason == EINVAL { break }
                        if reason == EILSEQ {
                            text += [0xEF, 0xBF, 0xBD]
                            unsafe input = input?.advanced(by: 1)
                            left -= 1
                        } else if reason != E2BIG {
                            break
                        }
                    }
                    // Where an accent may follow a letter (windows-1258), the last letter has been held back.
                    var output = chunk.baseAddress
                    var room = chunk.count
                    unsafe iconv(converter, nil, nil, &output, &room)
                    text += unsafe chunk[..<(chunk.count - room)].map { UInt8(bitPattern: $0) }
                }
            }
            return text
        }
    #endif
}
