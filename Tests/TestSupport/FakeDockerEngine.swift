import Foundation
import Synchronization

/// A Docker engine on a Unix socket: its containers with labels, and its stream of events, which a test can break off.
public final class FakeDockerEngine: Sendable {
    public struct Container: Sendable {
        public var name: String
        public var labels: [String: String]
        public var isRunning: Bool

        public init(_ name: String, labels: [String: String] = [:], isRunning: Bool = true) {
            (self.name, self.labels, self.isRunning) = (name, labels, isRunning)
        }
    }

    private struct State {
        var containers: [Container] = []
        var listener: Int32?
        /// The connections that wait for events.
        var streams: Set<Int32> = []
    }

    /// The socket's path.
    public let path: String
    /// The path of each request for events, once its stream waits.
    public let subscriptions = EventLog<String>()
    private let state = Mutex(State())

    /// Listens at a path, which must be free.
    public init(at path: String, _ containers: [Container] = []) throws {
        self.path = path
        state.withLock { $0.containers = containers }
        try start()
    }

    deinit { stop() }

    /// Changes the containers, and sends an event to each stream.
    public func change(_ event: String, _ change: (inout [Container]) -> Void) {
        let streams = state.withLock { state in
            change(&state.containers)
            return state.streams
        }
        let line =
            #"{"Type":"container","Action":"\#(event)","status":"\#(event)","time":\#(Int(Date().timeIntervalSince1970))}"#
            + "\n"
        for stream in streams { Self.send("\(String(line.utf8.count, radix: 16))\r\n\(line)\r\n", to: stream) }
    }

    /// Breaks off all streams of events.
    public func breakOff() {
        for stream in state.withLock({ $0.streams }) { shutdown(stream, Int32(SHUT_RDWR)) }
    }

    /// Ends the engine: its socket stays, but refuses connections.
    public func stop() {
        let listener = state.withLock { state in
            defer { state.listener = nil }
            return state.listener
        }
        if let listener { shutdown(listener, Int32(SHUT_RDWR)) }
        breakOff()
    }

    /// Listens again.
    public func start() throws {
        _ = unsafe unlink(path)
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        let listener = try DescriptorGate.open("socket") { [socket(AF_UNIX, kind, 0)] }[0]
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8.prefix(100))) }
        let result = unsafe StreamSocket.withSocketAddress(&address) { unsafe bind(listener, $0, $1) }
        guard result == 0, listen(listener, 16) == 0 else { throw SystemFailure("bind") }
        state.withLock { $0.listener = listener }
        Thread.detachNewThread { [weak self] in
            while true {
                let peer = accept(listener, nil, nil)
                guard peer >= 0 else { break }
                guard let self else {
                    _ = close(peer)
                    break
                }
                Thread.detachNewThread { self.serve(peer) }
            }
            _ = close(listener)
        }
    }

    private func serve(_ peer: Int32) {
        defer { _ = close(peer) }
        var request: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while !request.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            let count = unsafe recv(peer, &chunk, chunk.count, 0)
            if count <= 0 { return }
            request += chunk[..<count]
        }
        let words = String(decoding: request, as: UTF8.self).split(separator: " ")
        let path = words.count > 1 ? String(words[1]) : ""
        guard path.hasPrefix("/events") else {
            let body = answer(path)
            Self.send(
                "HTTP/1.1 \(body == nil ? 404 : 200) Status\r\nContent-Type: application/json\r\nConnection: close\r\n"
                    + "Content-Length: \(body?.utf8.count ?? 0)\r\n\r\n\(body ?? "")", to: peer)
            return
        }
        Self.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", to: peer)
        state.withLock { _ = $0.streams.insert(peer) }
        subscriptions.append(path)
        // Until the client leaves, or the stream is broken off.
        while unsafe recv(peer, &chunk, chunk.count, 0) > 0 {}
        state.withLock { _ = $0.streams.remove(peer) }
    }

    private func answer(_ path: String) -> String? {
        let containers = state.withLock { $0.containers }
        if path.hasPrefix("/containers/json") {
            let list = containers.enumerated().map { index, container in
                JSON.object([
                    "Id": .string("id\(index)"), "Names": .array([.string("/\(container.name)")]),
                    "Labels": .object(container.labels.mapValues { .string($0) }), "Created": .integer(Int64(index)),
                    "State": .string(container.isRunning ? "running" : "exited"),
                ])
            }
            return String(decoding: JSON.array(list).encoded, as: UTF8.self)
        }
        guard let container = containers.first(where: { path == "/containers/\($0.name)/json" }) else { return nil }
        return """
            {"RestartCount":0,"State":{"Status":"\(container.isRunning ? "running" : "exited")",
            "Running":\(container.isRunning),"Paused":false,"Restarting":false,"OOMKilled":false,"ExitCode":1}}
            """
    }

    private static func send(_ text: String, to peer: Int32) {
        let bytes = Array(text.utf8)
        #if canImport(Darwin)
            let flags: Int32 = 0
        #else
            let flags = Int32(MSG_NOSIGNAL)
        #endif
        _ = unsafe bytes.withUnsafeBytes { unsafe Foundation.send(peer, $0.baseAddress, $0.count, flags) }
    }
}
