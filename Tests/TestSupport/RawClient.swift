import Foundation
import Synchronization

/// A blocking TCP client for the loopback interface; a test decides how much valid or invalid HTTP it sends.
///
/// Use it from one thread at a time; in async tests through `BlockingWork`.
public final class RawClient: Sendable {
    /// The loopback address to connect to.
    public enum Family: Sendable {
        /// 127.0.0.1
        case ipv4
        /// ::1
        case ipv6

        fileprivate var code: Int32 { self == .ipv4 ? AF_INET : AF_INET6 }
    }

    /// Errors other than failed system calls.
    public enum Failure: Error, Equatable {
        /// Nothing arrived within the receive timeout.
        case timedOut
        /// The peer ended its side before or within a response.
        case endOfStream
        /// The received bytes are no response.
        case malformed(String)
    }

    /// An HTTP response.
    public struct Response: Sendable {
        /// The status code.
        public let status: Int
        /// The reason phrase.
        public let reason: String
        /// The header fields.
        public let headers: HeaderFields
        /// The body.
        public let body: [UInt8]
        /// The body as text.
        public var text: String { String(decoding: body, as: UTF8.self) }

        /// The body as JSON.
        public func json() throws -> JSON { try JSON(parsing: body) }
    }

    private let socket: StreamSocket
    private let reader = Mutex(MessageReader())

    /// Connects to `port`; throws `SystemFailure` with `ECONNREFUSED` without a listener.
    public init(port: UInt16, family: Family = .ipv4, receiveTimeout: Duration = .seconds(15)) throws {
        socket = try StreamSocket.connected(to: port, family: family.code)
        socket.setReceiveTimeout(receiveTimeout)
    }

    /// Sends raw bytes.
    public func send(_ bytes: [UInt8]) throws { try socket.send(bytes) }

    /// Sends raw text.
    public func send(_ text: String) throws { try socket.send(text.utf8) }

    /// Sends a complete request.
    public func request(
        _ method: String, _ path: String, headers: KeyValuePairs<String, String> = [:], body: [UInt8]? = nil
    ) throws {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        try socket.send(Array("\(head)\r\n".utf8) + (body ?? []))
    }

    /// Reads the next response; `head` marks the answer to a HEAD request, which has no body.
    ///
    /// Bytes after it are kept for the next call.
    public func readResponse(head: Bool = false) throws -> Response {
        try reading { reader in
            guard let lines = try reader.head(from: receive) else { throw Failure.endOfStream }
            let parts = lines[0].split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), let status = Int(parts[1]) else {
                throw Failure.malformed("status line \(lines[0])")
            }
            guard let headers = HeaderFields(lines: lines.dropFirst()) else {
                throw Failure.malformed("header fields \(lines.dropFirst())")
            }
            let reason = parts.count > 2 ? String(parts[2]) : ""
            let hasBody = !head && status >= 200 && status != 204 && status != 304
            let body = hasBody ? try self.body(headers, &reader) : []
            return Response(status: status, reason: reason, headers: headers, body: body)
        }
    }

    /// Reads the received part of an endless body; waits if there is none.
    public func readSome() throws -> [UInt8] {
        try reading { reader in
            let leftover = reader.takeLeftover()
            if !leftover.isEmpty { return leftover }
            let bytes = try receive()
            guard !bytes.isEmpty else { throw Failure.endOfStream }
            return bytes
        }
    }

    /// Reads until the peer ends its side.
    public func readAll() throws -> [UInt8] {
        try reading { try $0.rest(from: receive) }
    }

    /// Ends the client's side; responses can still be read.
    public func shutdownWrite() { socket.shutdownWrite() }

    /// Closes with a reset.
    public func abort() { socket.reset() }

    /// Closes in order.
    public func close() { socket.close() }

    /// Connects, requests `path` once, and closes.
    public static func get(
        port: UInt16, path: String, headers: KeyValuePairs<String, String> = [:]
    ) throws -> Response {
        let client = try RawClient(port: port)
        defer { client.close() }
        try client.request("GET", path, headers: headers)
        return try client.readResponse()
    }

    private func body(_ headers: HeaderFields, _ reader: inout MessageReader) throws -> [UInt8] {
        if headers["Transfer-Encoding"]?.lowercased() == "chunked" { return try reader.chunkedBody(from: receive) }
        guard let length = headers["Content-Length"] else { return try reader.rest(from: receive) }
        guard let count = Int(length) else { throw Failure.malformed("Content-Length \(length)") }
        return try reader.body(count: count, from: receive)
    }

    private func receive() throws -> [UInt8] {
        do {
            return try socket.receive()
        } catch let failure as SystemFailure where failure.code == EAGAIN || failure.code == EWOULDBLOCK {
            throw Failure.timedOut
        }
    }

    private func reading<Value: Sendable>(_ body: (inout MessageReader) throws -> Value) throws -> Value {
        do {
            return try reader.withLock { try body(&$0) }
        } catch MessageReader.Failure.truncated {
            throw Failure.endOfStream
        } catch MessageReader.Failure.malformed(let detail) {
            throw Failure.malformed(detail)
        }
    }
}
