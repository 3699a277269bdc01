internal import CKeepAliveResolver
import KeepAlivePlatform

/// Messages of the domain name system, made and read by the system's resolver library (resolver(3)).
package enum DNSMessage {
    /// The types of records that can be asked for, by their names.
    package static let types: [(name: String, number: Int32)] = [
        ("A", 1), ("AAAA", 28), ("CNAME", 5), ("MX", 15), ("TXT", 16), ("NS", 2), ("SRV", 33), ("CAA", 257),
        ("PTR", 12),
        ("SOA", 6),
    ]

    /// The most records that are read of an answer.
    private static let mostRecords = 200

    /// A question with a random number; nil for a name that cannot be asked for.
    package static func question(_ name: String, type: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 512)
        let length = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
            unsafe ckeepalive_dns_question(name, type, buffer.baseAddress, Int32(buffer.count))
        }
        return length > 0 && Int(length) <= buffer.count ? Array(buffer.prefix(Int(length))) : nil
    }

    /// What the head of a message says (RFC 1035, section 4.1.1).
    package struct Head: Equatable, Sendable {
        package let isTruncated: Bool
        /// 0 without an error, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED.
        package let code: UInt8
    }

    /// The head of a reply to this question; nil for anything else.
    package static func head(of reply: [UInt8], to question: [UInt8]) -> Head? {
        guard reply.count >= 12, question.count >= 12, reply.prefix(2) == question.prefix(2), reply[2] & 0x80 != 0
        else {
            return nil
        }
        let head = Head(isTruncated: reply[2] & 2 != 0, code: reply[3] & 0x0F)
        // A server that could not read the question sends an error without it. A name that does not exist is named.
        if reply[4] == 0, reply[5] == 0 { return head.code != 0 && head.code != 3 ? head : nil }
        return repeats(question, reply) ? head : nil
    }

    /// Whether a reply repeats the question (RFC 5452, section 9.1), in any case of letters (RFC 1035, section 2.3.3).
    private static func repeats(_ question: [UInt8], _ reply: [UInt8]) -> Bool {
        guard question.count >= 16, reply.count >= question.count, reply[4..<6] == question[4..<6] else { return false }
        let end = question.count - 4
        func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte + 0x20 : byte }
        return question[12..<end].elementsEqual(reply[12..<end]) { lowered($0) == lowered($1) }
            && question[end...] == reply[end..<question.count]
    }

    /// The data of the answer's records of a type, as text; nil if it is no well-formed message.
    ///
    /// Only records of the question's name count, and of the names that it is an alias for (RFC 5452, section 6).
    package static func records(_ message: [UInt8], type: Int32) -> [String]? {
        let reader = DNSReader(message)
        guard let count = reader.count else { return nil }
        var records: [DNSReader.Record] = []
        for index in 0..<min(count, mostRecords) {
            guard let record = reader.record(index) else { return nil }
            if record.isInternet { records.append(record) }
        }
        let names = reader.names(records)
        var found: [String] = []
        for record in records where record.type == type && names.contains(record.owner) {
            guard let text = reader.text(record) else { return nil }
            found.append(text)
        }
        return found
    }
}

/// Reads one message. Every offset is checked, because the message comes from the network.
private struct DNSReader {
    struct Record {
        /// In small letters.
        let owner: String
        let type: Int32
        let isInternet: Bool
        let data: Range<Int>
    }

    /// The longest name as text, each byte as \DDD (NS_MAXDNAME).
    private static let longestName = 1025

    private let message: [UInt8]

    init(_ message: [UInt8]) { self.message = message }

    private var size: Int32 { Int32(clamping: message.count) }

    var count: Int? {
        let count = unsafe message.withUnsafeBufferPointer { unsafe ckeepalive_dns_answers($0.baseAddress, size) }
        return count >= 0 ? Int(count) : nil
    }

    func record(_ index: Int) -> Record? {
        var found = ckeepalive_dns_record()
        var owner = [CChar](repeating: 0, count: Self.longestName)
        let result = unsafe message.withUnsafeBufferPointer { message in
            unsafe owner.withUnsafeMutableBufferPointer { owner in
                unsafe ckeepalive_dns_record(
                    message.baseAddress, size, Int32(clamping: index), &found, owner.baseAddress, Int32(owner.count))
            }
        }
        let start = Int(found.offset)
        guard result == 0, start >= 0, found.length >= 0, start + Int(found.length) <= message.count else { return nil }
        return Record(
            owner: Self.text(owner).lowercased(), type: found.type, isInternet: found.is_internet != 0,
            data: start..<(start + Int(found.length)))
    }

    /// The question's name and all that it is an alias for, in small letters. The records may come in any order.
    func names(_ records: [Record]) -> Set<String> {
        guard let question = name(at: 12, in: message.indices) else { return [] }
        var names: Set = [question.text.lowercased()]
        var aliases = records.filter { $0.type == 5 }
        // Each round follows one alias, so that a circle ends.
        while let index = aliases.firstIndex(where: { names.contains($0.owner) }) {
            if let target = text(aliases.remove(at: index)) { names.insert(target.lowercased()) }
        }
        return names
    }

    func text(_ record: Record) -> String? {
        let data = record.data
        switch record.type {
        case 1: return data.count == 4 ? message[data].map { "\($0)" }.joined(separator: ".") : nil
        case 28: return address(data)
        case 2, 5, 12: return name(at: data.lowerBound, in: data)?.text
        case 15:
            guard let preference = number(data, at: 0, bytes: 2),
                let host = name(at: data.lowerBound + 2, in: data)
            else { return nil }
            return "\(preference) \(host.text)"
        case 33:
            guard let numbers = numbers(data, from: 0, count: 3, bytes: 2),
                let host = name(at: data.lowerBound + 6, in: data)
            else { return nil }
            return "\(numbers) \(host.text)"
        case 6:
            guard let server = name(at: data.lowerBound, in: data), let mailbox = name(at: server.end, in: data),
                let numbers = numbers(data, from: mailbox.end - data.lowerBound, count: 5, bytes: 4)
            else { return nil }
            return "\(server.text) \(mailbox.text) \(numbers)"
        case 16: return strings(data)
        case 257: return authorization(data)
        default: return nil
        }
    }

    private func address(_ data: Range<Int>) -> String? {
        guard data.count == 16 else { return nil }
        return DNSName.address(Array(message[data]))
    }

    /// Several strings of one record are one text (RFC 7208, section 3.3).
    private func strings(_ data: Range<Int>) -> String? {
        var (bytes, place) = ([UInt8](), data.lowerBound)
        while place < data.upperBound {
            let end = place + 1 + Int(message[place])
            guard end <= data.upperBound else { return nil }
            bytes += message[(place + 1)..<end]
            place = end
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Flags, tag and value (RFC 8659, section 4.1).
    private func authorization(_ data: Range<Int>) -> String? {
        guard let flags = number(data, at: 0, bytes: 1), let length = number(data, at: 1, bytes: 1),
            2 + Int(length) <= data.count
        else { return nil }
        let tag = message[(data.lowerBound + 2)..<(data.lowerBound + 2 + Int(length))]
        let value = message[(data.lowerBound + 2 + Int(length))..<data.upperBound]
        return "\(flags) \(String(decoding: tag, as: UTF8.self)) \"\(String(decoding: value, as: UTF8.self))\""
    }

    private func number(_ data: Range<Int>, at offset: Int, bytes: Int) -> UInt32? {
        guard offset >= 0, offset + bytes <= data.count else { return nil }
        let start = data.lowerBound + offset
        return message[start..<(start + bytes)].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private func numbers(_ data: Range<Int>, from offset: Int, count: Int, bytes: Int) -> String? {
        let all = (0..<count).compactMap { number(data, at: offset + $0 * bytes, bytes: bytes) }
        return all.count == count ? all.map { "\($0)" }.joined(separator: " ") : nil
    }

    /// The name at an offset, and where it ends within the data.
    private func name(at offset: Int, in data: Range<Int>) -> (text: String, end: Int)? {
        guard data.contains(offset) else { return nil }
        var text = [CChar](repeating: 0, count: Self.longestName)
        let length = unsafe message.withUnsafeBufferPointer { message in
            unsafe text.withUnsafeMutableBufferPointer { text in
                unsafe ckeepalive_dns_name(
                    message.baseAddress, size, Int32(clamping: offset), text.baseAddress, Int32(text.count))
            }
        }
        guard length > 0, offset + Int(length) <= data.upperBound else { return nil }
        return (Self.text(text), offset + Int(length))
    }

    /// A name as the resolver library writes it; the root is a dot.
    private static func text(_ name: [CChar]) -> String {
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return bytes.isEmpty ? "." : String(decoding: bytes, as: UTF8.self)
    }
}

/// Texts of addresses and names.
package enum DNSName {
    /// An address of four or sixteen bytes as text.
    package static func address(_ bytes: [UInt8]) -> String? {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let isWritten = unsafe text.withUnsafeMutableBufferPointer { text in
            unsafe inet_ntop(
                bytes.count == 4 ? AF_INET : AF_INET6, bytes, text.baseAddress, socklen_t(text.count)) != nil
        }
        return isWritten ? String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    /// The bytes of an address in text; nil for anything else.
    package static func bytes(_ text: String) -> [UInt8]? {
        var host = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET6, text, &host) == 1 { return host }
        return unsafe inet_pton(AF_INET, text, &host) == 1 ? Array(host.prefix(4)) : nil
    }

    /// The name under which an address's PTR record is: `1.0.0.127.in-addr.arpa` (RFC 1035, 3.5; RFC 3596, 2.5).
    package static func reverse(_ address: String) -> String? {
        guard let bytes = bytes(address) else { return nil }
        if bytes.count == 4 { return bytes.reversed().map { "\($0)" }.joined(separator: ".") + ".in-addr.arpa" }
        let digits = bytes.reversed().flatMap { [$0 & 0x0F, $0 >> 4] }
        return digits.map { String($0, radix: 16) }.joined(separator: ".") + ".ip6.arpa"
    }
}
