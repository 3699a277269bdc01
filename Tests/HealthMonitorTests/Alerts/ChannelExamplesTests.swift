import Foundation
import KeepAliveCurl
import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The examples of docs/health-monitor/channels.md, each against a fake that checks what its service requires.
struct ChannelExamplesTests {
    /// A service's address in the documentation, and what it requires of a request: nil if it is content.
    struct Service: Sendable, CustomTestStringConvertible {
        let name: String
        /// The origin, or the path and query of an address that a variable holds.
        var origin: String?
        var place = "/"
        var status = 200
        let complaint: @Sendable (PeerServer.Request) -> String?

        var testDescription: String { name }
    }

    private static let services: [Service] = [
        // docs.ntfy.sh/publish
        Service(name: "ntfy", origin: "https://ntfy.sh") { request in
            guard ["POST", "PUT"].contains(request.method), request.target == "/alerts-k3v9" else { return "topic" }
            guard request.headers["Authorization"] == "Bearer NTFY_TOKEN" else { return "token" }
            let levels = ["1", "2", "3", "4", "5", "min", "low", "default", "high", "max", "urgent"]
            guard levels.contains(request.headers["Priority"] ?? "3") else { return "priority" }
            guard let title = request.headers["Title"].flatMap(EncodedWords.decode), title.hasPrefix("予約 \"1\"") else {
                return "title"
            }
            // A longer one becomes an attachment.
            guard (1...4096).contains(request.body.count), text(request).contains("{\"a\": \"\\n\"} <b>") else {
                return "message"
            }
            return nil
        },
        // gotify.net/api-docs: createMessage
        Service(name: "gotify", origin: "https://gotify.example.com") { request in
            guard request.method == "POST", request.target == "/message" else { return "path" }
            guard request.headers["X-Gotify-Key"] == "GOTIFY_TOKEN" else { return "token" }
            guard isJSON(request), request.json["message"]?.string?.isEmpty == false else { return "message" }
            guard request.json["title"]?.string != nil, request.json["priority"]?.integer != nil else { return "title" }
            return nil
        },
        // spec.matrix.org: PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}
        Service(name: "matrix", origin: "https://matrix.example.com") { request in
            let parts = request.target.split(separator: "/").map { $0.removingPercentEncoding ?? "" }
            guard request.method == "PUT", parts.count == 8, parts[0...3] == ["_matrix", "client", "v3", "rooms"],
                parts[4] == "!abcdef:example.com", parts[5...6] == ["send", "m.room.message"]
            else { return "path" }
            guard parts[7] == ChannelExamplesTests.key else { return "transaction" }
            guard request.headers["Authorization"] == "Bearer MATRIX_TOKEN" else { return "token" }
            guard isJSON(request), request.json["msgtype"] == "m.text", request.json["body"]?.string != nil else {
                return "content"
            }
            return nil
        },
        // pushover.net/api
        Service(name: "pushover", origin: "https://api.pushover.net") { request in
            guard request.method == "POST", request.target == "/1/messages.json", isJSON(request) else { return "path" }
            guard request.json["token"] == "PUSHOVER_TOKEN", request.json["user"] == "PUSHOVER_USER_KEY" else {
                return "token or user"
            }
            guard let message = request.json["message"]?.string, (1...1024).contains(message.count) else {
                return "message"
            }
            guard let title = request.json["title"]?.string, title.count <= 250 else { return "title" }
            // 2 would require retry and expire.
            guard let priority = request.json["priority"]?.integer, (-2...1).contains(priority) else {
                return "priority"
            }
            return nil
        },
        // learn.microsoft.com: Workflows accept a message with Adaptive Cards only
        Service(name: "teams", place: "/workflows/5/triggers/manual/paths/invoke?api-version=1&sig=a%2Bb", status: 202)
        {
            request in
            guard request.method == "POST", request.target.hasSuffix("sig=a%2Bb"), isJSON(request) else {
                return "signature"
            }
            guard request.json["type"] == "message", let card = request.json["attachments"]?[0],
                card["contentType"] == "application/vnd.microsoft.card.adaptive"
            else { return "attachment" }
            guard card["content"]?["type"] == "AdaptiveCard", card["content"]?["version"]?.string != nil,
                card["content"]?["$schema"] == "http://adaptivecards.io/schemas/adaptive-card.json",
                let blocks = card["content"]?["body"]?.array, blocks.count == 3
            else { return "card" }
            guard blocks.prefix(2).allSatisfy({ $0["type"] == "TextBlock" && $0["text"]?.string?.isEmpty == false }),
                blocks[2]["facts"]?.array?.allSatisfy({ $0["title"]?.string != nil && $0["value"]?.string != nil })
                    == true
            else { return "block" }
            return nil
        },
        // The request's body is checked against the schema of its trigger
        Service(name: "logic-app", place: "/workflows/7/triggers/manual/paths/invoke?sp=%2Ftriggers&sig=x", status: 202)
        {
            request in
            guard request.method == "POST", request.target.hasSuffix("sig=x"), isJSON(request) else {
                return "signature"
            }
            let names = ["service", "severity", "event", "status", "message", "since", "key"]
            guard let body = request.json.object, Set(body.keys) == Set(names),
                body.values.allSatisfy({ $0.string?.isEmpty == false })
            else { return "schema" }
            return body["since"] == "2026-01-19T16:07:27.500000Z" ? nil : "since"
        },
    ]

    static let key = "0123456789abcdef01234567"

    private static func text(_ request: PeerServer.Request) -> String { String(decoding: request.body, as: UTF8.self) }

    private static func isJSON(_ request: PeerServer.Request) -> Bool {
        request.headers["Content-Type"] == "application/json" && request.json != .null
    }

    /// The channel with a name, from the page's own JSON5.
    private static func example(_ service: Service, at url: String) throws -> any Channel {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../docs/health-monitor/channels.md")
        let text = try String(contentsOf: page.standardized, encoding: .utf8)
        let blocks = text.matches(of: /```json5\n([^`]*)```/).map { String($0.1) }
        let block = try #require(blocks.first { $0.contains("name: \"\(service.name)\"") })
        let here = service.origin.map { block.replacing($0, with: url) } ?? block
        guard case .object(let root) = try JSONValue.readingJSON5(Array("{\(here)}".utf8)).value else {
            throw Wrong(words: "no object")
        }
        var environment = Dictionary(
            block.matches(of: /\$([A-Z_]+)/).map { (String($0.1), String($0.1)) }, uniquingKeysWith: { $1 })
        for name in environment.keys where name.hasSuffix("_URL") { environment[name] = url + service.place }
        let configuration = try MonitorConfiguration(root, environment: environment)
        return try #require(configuration.channels.first { $0.name == service.name })
    }

    private struct Wrong: Error {
        let words: String
    }

    @Test(arguments: services) func theExampleIsWhatTheServiceRequires(service: Service) async throws {
        let peer = try PeerServer { request in
            service.complaint(request).map { .status(400, body: $0) } ?? .status(service.status, body: "{}")
        }
        let channel = try Self.example(service, at: peer.url)
        let client = HTTPClient()
        let message = "{\"a\": \"\\n\"} <b>\r\nSet-Cookie: x"
        for event in [
            ChannelScene.event(service: "予約 \"1\"", message: message),
            ChannelScene.event(service: "予約 \"1\"", message: message + String(repeating: "é", count: 5000)),
            ChannelScene.event(.resolved, service: "予約 \"1\"", message: message, after: 60),
        ] {
            #expect(await channel.send(event, key: Self.key, with: client) == .delivered)
        }
        await client.shutDown()
    }

    /// A retry is recognised by its key, also in an address.
    @Test func theSameMessageHasTheSameTransaction() async throws {
        let matrix = try #require(Self.services.first { $0.name == "matrix" })
        let peer = try PeerServer { _ in .status(503) }
        let channel = try Self.example(matrix, at: peer.url)
        let client = HTTPClient()
        for _ in 0..<2 { _ = await channel.send(ChannelScene.event(), key: Self.key, with: client) }
        #expect(Set(peer.requests.elements.map(\.target)).count == 1)
        #expect(peer.requests.elements.map { $0.headers["Idempotency-Key"] } == [Self.key, Self.key])
        await client.shutDown()
    }
}

/// What ntfy does with a header field: Go's mime.WordDecoder.
enum EncodedWords {
    /// Nil if a field is neither ASCII nor encoded words.
    static func decode(_ field: String) -> String? {
        guard field.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return nil }
        let words = field.split(separator: " ")
        guard words.allSatisfy({ $0.hasPrefix("=?utf-8?B?") && $0.hasSuffix("?=") && $0.count <= 75 }) else {
            return field
        }
        let data = words.compactMap { Data(base64Encoded: String($0.dropFirst(10).dropLast(2))) }
        return String(decoding: data.joined(), as: UTF8.self)
    }
}
