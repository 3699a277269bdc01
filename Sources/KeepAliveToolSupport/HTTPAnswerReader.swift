/// Parses the answer to one GET (RFC 9112): bytes in, values out. By Content-Length, by chunks, or until the end.
struct HTTPAnswerReader {
    enum Outcome: Equatable {
        case incomplete
        case complete(HTTPGet.Response)
        case malformed
    }

    private static let largestHead = 64 * 1024
    private var bytes: [UInt8] = []
    private var head: Head?

    private struct Head {
        let status: Int
        let bodyStart: Int
        let length: Int?
        let isChunked: Bool
    }

    mutating func read(_ more: some Sequence<UInt8>) -> Outcome {
        bytes.append(contentsOf: more)
        return look(atEnd: false)
    }

    /// The peer has closed the connection.
    mutating func end() -> Outcome {
        look(atEnd: true)
    }

    private mutating func look(atEnd: Bool) -> Outcome {
        while head == nil {
            // "HTTP/" must come first, so that another protocol's greeting is recognised at once.
            guard zip(bytes, "HTTP/".utf8).allSatisfy(==) else { return .malformed }
            guard let end = endOfHead() else { return bytes.count > Self.largestHead ? .malformed : .incomplete }
            guard let parsed = Self.parse(bytes[..<end.head], bodyStart: end.body) else { return .malformed }
            // Interim answers precede the final one, requested or not (RFC 9110, section 15.2).
            if parsed.status < 200 { bytes.removeFirst(end.body) } else { head = parsed }
        }
        guard let head else { return .incomplete }
        let body = bytes[head.bodyStart...]
        if head.status == 204 || head.status == 304 { return .complete(.init(status: head.status, body: [])) }
        if head.isChunked {
            return Self.decodeChunks(body, status: head.status)
        }
        if let length = head.length {
            return body.count >= length
                ? .complete(.init(status: head.status, body: Array(body.prefix(length)))) : .incomplete
        }
        return atEnd ? .complete(.init(status: head.status, body: Array(body))) : .incomplete
    }

    private func endOfHead() -> (head: Int, body: Int)? {
        var index = 0
        while let lineFeed = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) {
            if lineFeed + 1 < bytes.count, bytes[lineFeed + 1] == UInt8(ascii: "\n") { return (lineFeed, lineFeed + 2) }
            if lineFeed + 2 < bytes.count, bytes[lineFeed + 1] == UInt8(ascii: "\r"),
                bytes[lineFeed + 2] == UInt8(ascii: "\n")
            {
                return (lineFeed, lineFeed + 3)
            }
            index = lineFeed + 1
        }
        return nil
    }

    private static func parse(_ bytes: ArraySlice<UInt8>, bodyStart: Int) -> Head? {
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let first = lines.first else { return nil }
        let words = first.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), words[0].utf8.count == 8,
            digits(words[0].dropFirst(7), radix: 10) != nil, words[1].utf8.count == 3, let status = Int(words[1]),
            status >= 100
        else { return nil }
        var length: Int?
        var isChunked = false
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let value = trimmed(parts[1]).lowercased()
            switch parts[0].lowercased() {
            case "content-length":
                // Two different lengths are an error; neither can be trusted (RFC 9110, section 8.6).
                guard let number = digits(value, radix: 10), length == nil || length == number else { return nil }
                length = number
            case "transfer-encoding": isChunked = value.hasSuffix("chunked")
            default: break
            }
        }
        return Head(status: status, bodyStart: bodyStart, length: length, isChunked: isChunked)
    }

    /// Without the blanks at both ends; one in between belongs to the value.
    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    /// A number without a sign, which `Int` would accept.
    private static func digits(_ text: some StringProtocol, radix: Int) -> Int? {
        text.utf8.first.map { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") } ?? true
            ? nil : Int(text, radix: radix)
    }

    /// Decodes the chunks of the body (RFC 9112, section 7.1).
    private static func decodeChunks(_ bytes: ArraySlice<UInt8>, status: Int) -> Outcome {
        var decoded: [UInt8] = []
        var rest = bytes
        while true {
            guard let lineFeed = rest.firstIndex(of: UInt8(ascii: "\n")) else { return .incomplete }
            let line = String(decoding: rest[..<lineFeed], as: UTF8.self)
            let size = line.prefix { $0 != ";" && !$0.isWhitespace }
            guard let count = digits(size, radix: 16) else { return .malformed }
            rest = rest[(lineFeed + 1)...]
            if count == 0 { return .complete(.init(status: status, body: decoded)) }
            guard rest.count >= 2, rest.count - 2 >= count else { return .incomplete }
            decoded.append(contentsOf: rest.prefix(count))
            rest = rest.dropFirst(count)
            if rest.first == UInt8(ascii: "\r") { rest = rest.dropFirst() }
            guard rest.first == UInt8(ascii: "\n") else { return .malformed }
            rest = rest.dropFirst()
        }
    }
}
