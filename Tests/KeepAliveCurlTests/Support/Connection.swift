import Foundation

@testable import KeepAliveTestSupport

/// One accepted connection of the raw server, for its serving thread only; all calls block.
final class Connection {
    /// A request as received.
    struct Request: Sendable {
        var line: String
        var headers: [String]
        var body: [UInt8]

        func header(_ name: String) -> String? {
            headers.first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
                .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
        }
    }

    private let socket: StreamSocket
    private var reader = MessageReader(headLimit: 4 << 20)

    init(_ socket: StreamSocket) {
        self.socket = socket
    }

    /// The next request, or nil if the peer hangs up before it is complete.
    func readRequest() -> Request? {
        guard var lines = (try? reader.head(from: { try socket.receive() }))?.map(String.init) else { return nil }
        var request = Request(line: lines.removeFirst(), headers: lines, body: [])
        let length = request.header("Content-Length").flatMap { Int($0) } ?? 0
        guard let body = try? reader.body(count: length, from: { try socket.receive() }) else { return nil }
        request.body = body
        return request
    }

    /// The next line, or nil if the peer hangs up before its end.
    func readLine() -> String? { (try? reader.line(from: { try socket.receive() })).map { String($0) } }

    /// Sends all of the text; returns false if the peer has hung up.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Sends all of the bytes; returns false if the peer has hung up.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool { (try? socket.send(bytes)) != nil }

    /// The next bytes, or nil if the connection fails; none if the peer hangs up.
    func receive() -> [UInt8]? { try? socket.receive() }

    /// Waits at most `milliseconds` for the peer to hang up; returns whether it did.
    func hasHungUp(within milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&entry, 1, milliseconds) > 0 && (try? socket.receive())?.isEmpty != false
    }

    /// Returns once the peer has hung up.
    func waitForHangUp() {
        while let bytes = try? socket.receive(), !bytes.isEmpty {}
    }

    /// Ends the connection with a reset instead of an orderly close.
    func reset() { socket.reset() }
}
