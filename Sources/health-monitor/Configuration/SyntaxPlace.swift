/// Finds the line in which a JSON5 text goes wrong, since its reader does not say. Pure.
///
/// The reader itself is the judge: the longest beginning of the text that it takes, once what is open there was closed, ends
/// in the last line that is good.
enum SyntaxPlace {
    /// The first bad line, counted from 1; nil where every beginning is bad, or the text is too long to look at.
    static func firstBadLine(of text: [UInt8], isGood: ([UInt8]) -> Bool) -> Int? {
        let ends = text.indices.filter { text[$0] == UInt8(ascii: "\n") } + [text.count]
        guard text.count <= 256 * 1024, ends.count <= 4096 else { return nil }
        for (line, end) in ends.enumerated().reversed() {
            let beginning = Array(text[..<end])
            guard let closers = closers(of: beginning), !closers.isEmpty || line + 1 < ends.count else { continue }
            // On a line of its own: the last one may end in a comment.
            if isGood(beginning + [UInt8(ascii: "\n")] + closers) { return min(line + 2, ends.count) }
        }
        return nil
    }

    /// What closes all that is open; nil within a string or a comment, or where a bracket closes another one.
    static func closers(of text: [UInt8]) -> [UInt8]? {
        var open: [UInt8] = []
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            switch byte {
            case UInt8(ascii: "{"): open.append(UInt8(ascii: "}"))
            case UInt8(ascii: "["): open.append(UInt8(ascii: "]"))
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard open.popLast() == byte else { return nil }
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                guard let end = endOfString(text, from: index, quote: byte) else { return nil }
                index = end
            case UInt8(ascii: "/") where index < text.count && text[index] == UInt8(ascii: "/"):
                while index < text.count, text[index] != UInt8(ascii: "\n") { index += 1 }
            case UInt8(ascii: "/") where index < text.count && text[index] == UInt8(ascii: "*"):
                guard let end = endOfComment(text, from: index + 1) else { return nil }
                index = end
            default: break
            }
        }
        return open.reversed()
    }

    private static func endOfString(_ text: [UInt8], from start: Int, quote: UInt8) -> Int? {
        var index = start
        while index < text.count, text[index] != quote { index += text[index] == UInt8(ascii: "\\") ? 2 : 1 }
        return index < text.count ? index + 1 : nil
    }

    private static func endOfComment(_ text: [UInt8], from start: Int) -> Int? {
        var index = start
        while index + 1 < text.count {
            if text[index] == UInt8(ascii: "*"), text[index + 1] == UInt8(ascii: "/") { return index + 2 }
            index += 1
        }
        return nil
    }
}
