/// Splits a connection's bytes into message heads and bodies, and keeps the rest for the next message.
struct MessageReader {
    /// Why a message is unreadable.
    enum Failure: Error, Equatable {
        /// The peer ended its side within a message.
        case truncated
        /// The bytes are not HTTP, or more than any test sends.
        case malformed(String)
    }

    private static let bodyLimit = 64 << 20
    private let headLimit: Int
    private var buffer: [UInt8] = []

    init(headLimit: Int = 65_536) {
        self.headLimit = headLimit
    }

    /// The received but unread bytes.
    var leftover: [UInt8] { buffer }

    /// Removes and returns the received but unread bytes.
    mutating func takeLeftover() -> [UInt8] {
        defer { buffer = [] }
        return buffer
    }

    /// The lines of the next head; `nil` if the peer ended its side before it.
    mutating func head(from receive: () throws -> [UInt8]) throws -> [Substring]? {
        var searched = 0
        while true {
            if let end = endOfHead(from: searched) {
                let text = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeFirst(end + 4)
                // By bytes: characters of a long head would take half a minute with a sanitizer.
                return text.utf8.split(separator: "\r\n".utf8, omittingEmptySubsequences: false).map(Substring.init)
            }
            searched = max(0, buffer.count - 3)
            guard buffer.count <= headLimit else { throw Failure.malformed("head too long") }
            let more = try receive()
            if more.isEmpty {
                if buffer.isEmpty { return nil }
                throw Failure.truncated
            }
            buffer += more
        }
    }

    /// The next `count` bytes.
    mutating func body(count: Int, from receive: () throws -> [UInt8]) throws -> [UInt8] {
        guard (0...Self.bodyLimit).contains(count) else { throw Failure.malformed("body length \(count)") }
        while buffer.count < count {
            let more = try receive()
            if more.isEmpty { throw Failure.truncated }
            buffer += more
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    /// A chunked body; trailers are dropped.
    mutating func chunkedBody(from receive: () throws -> [UInt8]) throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let line = try self.line(from: receive)
            let digits = line.prefix { $0 != ";" }.trimmingSuffixBlanks()
            guard let size = Int(digits, radix: 16), size >= 0 else {
                throw Failure.malformed("chunk size \(line)")
            }
            if size == 0 {
                while try !self.line(from: receive).isEmpty {}
                return body
            }
            guard body.count + size <= Self.bodyLimit else { throw Failure.malformed("body too long") }
            body += try self.body(count: size, from: receive)
            guard try self.line(from: receive).isEmpty else { throw Failure.malformed("chunk end") }
        }
    }

    /// Everything until the peer ends its side.
    mutating func rest(from receive: () throws -> [UInt8]) throws -> [UInt8] {
        while true {
            let more = try receive()
            if more.isEmpty { break }
            buffer += more
        }
        defer { buffer = [] }
        return buffer
    }

    /// The next line, without its line break.
    mutating func line(from receive: () throws -> [UInt8]) throws -> Substring {
        var bytes: [UInt8] = []
        while true {
            let byte = try body(count: 1, from: receive)[0]
            if byte == 0x0a, bytes.last == 0x0d {
                return Substring(String(decoding: bytes.dropLast(), as: UTF8.self))
            }
            bytes.append(byte)
            if bytes.count > headLimit { throw Failure.malformed("line too long") }
        }
    }

    private func endOfHead(from start: Int) -> Int? {
        guard buffer.count >= start + 4 else { return nil }
        return (start...(buffer.count - 4)).first {
            buffer[$0] == 0x0d && buffer[$0..<$0 + 4].elementsEqual([0x0d, 0x0a, 0x0d, 0x0a])
        }
    }
}

extension Substring {
    fileprivate func trimmingSuffixBlanks() -> Substring {
        guard let last = lastIndex(where: { $0 != " " }) else { return "" }
        return self[...last]
    }
}
