extension String {
    /// The text, cut to a readable length with a note of the omitted part. Errors may hold a whole page of a server.
    package func cut(toBytes most: Int = 1000) -> String {
        guard utf8.count > most else { return self }
        var end = most
        let bytes = utf8
        var index = bytes.index(bytes.startIndex, offsetBy: end)
        // Never cut within a character's bytes.
        while end > 0, bytes[index] & 0xC0 == 0x80 {
            end -= 1
            index = bytes.index(before: index)
        }
        return String(decoding: bytes[..<index], as: UTF8.self) + "… (\(bytes.count - end) bytes more)"
    }
}
