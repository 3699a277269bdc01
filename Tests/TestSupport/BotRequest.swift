import Foundation

/// An HTTP request to the Bot API.
struct BotRequest {
    let httpMethod: String
    let wantsClose: Bool
    /// The token and method of the path; `nil` if it has another form.
    let address: (token: String, method: String)?
    /// `nil` if the body does not match its type.
    let parameters: [String: JSON]?

    /// Reads the next request; `nil` if the client has ended its side.
    init?(reading reader: inout MessageReader, from socket: StreamSocket) throws {
        let receive: () throws -> [UInt8] = { try socket.receive() }
        guard let lines = try reader.head(from: receive) else { return nil }
        let parts = lines[0].split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2].hasPrefix("HTTP/1."), let headers = HeaderFields(lines: lines.dropFirst())
        else { throw MessageReader.Failure.malformed(String(lines[0])) }
        if headers["Expect"]?.lowercased() == "100-continue" {
            try socket.send("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        }
        let body: [UInt8]
        if headers["Transfer-Encoding"]?.lowercased() == "chunked" {
            body = try reader.chunkedBody(from: receive)
        } else {
            let length = headers["Content-Length"] ?? "0"
            guard let count = Int(length) else { throw MessageReader.Failure.malformed("length \(length)") }
            body = try reader.body(count: count, from: receive)
        }
        httpMethod = String(parts[0])
        let connection = headers["Connection"]?.lowercased()
        wantsClose = connection == "close" || (parts[2] == "HTTP/1.0" && connection != "keep-alive")
        let target = parts[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        address = Self.address(path: String(target[0]))
        let query = target.count > 1 ? Self.form(target[1]) : [:]
        parameters = Self.parameters(body: body, type: headers["Content-Type"]).map { body in
            query.merging(body) { _, last in last }
        }
    }

    private static func address(path: String) -> (token: String, method: String)? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].isEmpty, parts[1].hasPrefix("bot"), !parts[2].isEmpty,
            let token = parts[1].dropFirst(3).removingPercentEncoding
        else { return nil }
        let halves = token.split(separator: ":", omittingEmptySubsequences: false)
        guard halves.count == 2, !halves[0].isEmpty, !halves[1].isEmpty,
            halves[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            halves[1].utf8.allSatisfy(isTokenByte)
        else { return nil }
        return (token, String(parts[2]))
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func parameters(body: [UInt8], type: String?) -> [String: JSON]? {
        guard !body.isEmpty else { return [:] }
        let mediaType = type?.split(separator: ";").first.map { $0.lowercased() }
        if mediaType == "application/json" { return (try? JSON(parsing: body))?.object }
        return form(Substring(String(decoding: body, as: UTF8.self)))
    }

    private static func form(_ text: Substring) -> [String: JSON] {
        var fields: [String: JSON] = [:]
        for pair in text.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = halves.map { half in
                let text = half.replacing("+", with: " ")
                return text.removingPercentEncoding ?? String(text)
            }
            fields[decoded[0]] = .string(decoded.count > 1 ? decoded[1] : "")
        }
        return fields
    }
}
