import KeepAliveTestSupport
import Synchronization

/// A client of server-sent events over a real socket.
final class EventReader: Sendable {
    struct Event {
        var name = "message"
        var id = ""
        var data = ""

        func json() throws -> JSON { try JSON(parsing: Array(data.utf8)) }
    }

    let head: RawClient.Response
    private let client: RawClient
    private let text = Mutex("")

    init(port: UInt16, _ path: String, _ headers: KeyValuePairs<String, String>) throws {
        client = try RawClient(port: port)
        try client.request("GET", path, headers: headers)
        head = try client.readResponse(head: true)
    }

    /// The next event with this name.
    func next(_ name: String = "update") throws -> Event {
        while true {
            var event = Event()
            for line in try block() {
                if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
                if line.hasPrefix("id: ") { event.id = String(line.dropFirst(4)) }
                if line.hasPrefix("data: ") { event.data += line.dropFirst(6) }
            }
            if event.name == name { return event }
        }
    }

    /// The lines up to the next empty one.
    private func block() throws -> [String] {
        while true {
            let block = text.withLock { text -> [String]? in
                guard let end = text.firstRange(of: "\n\n") else { return nil }
                defer { text = String(text[end.upperBound...]) }
                return text[..<end.lowerBound].split(separator: "\n").map(String.init)
            }
            if let block { return block }
            let more = String(decoding: try client.readSome(), as: UTF8.self)
            text.withLock { $0 += more }
        }
    }

    /// Whether the server ends the stream.
    func isEnded() throws -> Bool {
        _ = try client.readAll()
        return true
    }

    func close() { client.close() }
}
