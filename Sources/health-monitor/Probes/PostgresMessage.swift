/// The part of PostgreSQL's protocol (its manual, "Message Formats") that shows whether a server accepts connections.
/// Pure.
enum PostgresMessage {
    /// A client's first message: protocol 3.0, user and database.
    static func startup(user: String, database: String) -> [UInt8] {
        var body: [UInt8] = [0, 3, 0, 0]
        let fields = ["user", user, "database", database, "application_name", "health-monitor"]
        for text in fields {
            body += text.utf8.filter { $0 != 0 }
            body.append(0)
        }
        body.append(0)
        let length = UInt32(clamping: body.count + 4)
        return (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + body
    }

    /// Whether the server's first message is complete, or this is clearly no such server.
    static func isComplete(_ bytes: [UInt8]) -> Bool {
        guard let type = bytes.first else { return false }
        guard "REvN".utf8.contains(type) else { return true }
        guard bytes.count >= 5 else { return false }
        guard let length = length(bytes) else { return isOldError(bytes) ? bytes.contains(0) : true }
        return bytes.count > length
    }

    static func verdict(on bytes: [UInt8]) -> (ProbeStatus, String) {
        switch bytes.first {
        case nil: (.unhealthy, "the connection was closed without an answer")
        case UInt8(ascii: "R") where length(bytes) != nil, UInt8(ascii: "v") where length(bytes) != nil,
            UInt8(ascii: "N") where length(bytes) != nil:
            (.healthy, "it accepts connections")
        case UInt8(ascii: "E"): error(bytes)
        default: (.unhealthy, "another program answers, not PostgreSQL")
        }
    }

    private static func error(_ bytes: [UInt8]) -> (ProbeStatus, String) {
        guard let length = length(bytes) else {
            // A server that could not even fork a process for us writes plain text, in the form of old versions.
            guard isOldError(bytes) else { return (.unhealthy, "another program answers, not PostgreSQL") }
            let text = String(decoding: bytes.dropFirst().prefix { $0 != 0 }, as: UTF8.self)
            return (.unhealthy, "it refuses connections: \(text.line(limit: 200))")
        }
        let fields = fields(bytes.dropFirst(5).prefix(max(0, length - 4)))
        let words = fields[UInt8(ascii: "M")]?.line(limit: 200) ?? "no reason is given"
        switch fields[UInt8(ascii: "C")] {
        case nil: return (.unhealthy, "another program answers, not PostgreSQL")
        case "57P03"?, "57P01"?, "57P02"?: return (.unhealthy, "it refuses connections: \(words)")
        case "53300"?: return (.degraded, "it has no connection left: \(words)")
        // Wrong user, wrong database or no access: the server itself works.
        default: return (.healthy, "it accepts connections")
        }
    }

    /// The message's length, if it is plausible.
    private static func length(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 5 else { return nil }
        let length = bytes[1...4].reduce(0) { $0 << 8 | Int($1) }
        return (4...30_000).contains(length) ? length : nil
    }

    private static func isOldError(_ bytes: [UInt8]) -> Bool {
        bytes.first == UInt8(ascii: "E") && bytes.dropFirst().prefix(4).allSatisfy { (0x20...0x7E).contains($0) }
    }

    /// The fields of an error: a letter, then a text that ends with a zero byte.
    private static func fields(_ bytes: ArraySlice<UInt8>) -> [UInt8: String] {
        var fields: [UInt8: String] = [:]
        for part in bytes.split(separator: 0) {
            guard let letter = part.first else { continue }
            fields[letter] = fields[letter] ?? String(decoding: part.dropFirst(), as: UTF8.self)
        }
        return fields
    }
}
