import Foundation
import KeepAliveKit
import Synchronization

struct Message: Decodable { let op: String, text: String?, interval_ms: Int? }
/// One JSON object a line: a stand-in for your platform's WebSocket.
final class LineSocket: Sendable {
    private let raw = socket(AF_INET, 1 /* SOCK_STREAM */, 0)
    let waiting = Mutex<ContinuousClock.Instant?>(nil)  // for the acknowledgement of the heartbeat sent then

    init(port: UInt16) throws {
        var address = sockaddr_in()  // its host 0.0.0.0 is this machine
        (address.sin_family, address.sin_port) = (sa_family_t(AF_INET), port.bigEndian)
        let result = withUnsafeBytes(of: &address) { connect(raw, $0.bindMemory(to: sockaddr.self).baseAddress, 16) }
        if result != 0 { throw POSIXError(.ECONNREFUSED) }
    }
    deinit { close(raw) }
    func send(_ text: String) { _ = (text + "\n").withCString { write(raw, $0, strlen($0)) } }
    func end() { _ = shutdown(raw, 2 /* SHUT_RDWR */) }
    func read(to stream: AsyncStream<String>.Continuation) {
        let file = fdopen(dup(raw), "r")
        var (line, size): (UnsafeMutablePointer<CChar>?, Int) = (nil, 0)
        while let file, getline(&line, &size, file) > 0, let line { stream.yield(String(cString: line)) }
        stream.finish()
    }
}

await KeepAlive.main {
    let gateway = GatewayHeartbeat()
    try await KeepAlive(
        name: "Gateway Bot", version: "1.0", configuration: .fromEnvironment(), gateway: gateway,
        classify: { $0 is POSIXError ? .network() : nil }
    ).run { health in
        let socket = try LineSocket(port: UInt16(ProcessInfo.processInfo.environment["GATEWAY_PORT"] ?? "") ?? 9000)
        let (lines, stream) = AsyncStream.makeStream(of: String.self)
        stream.onTermination = { _ in socket.end() }
        Thread.detachNewThread { socket.read(to: stream) }
        socket.send(#"{"op": "identify", "shard": 0}"#)
        for await line in lines {
            let message = try JSONDecoder().decode(Message.self, from: Data(line.utf8))
            if message.op == "hello" {
                gateway.noteReady()
                Task {
                    while socket.waiting.withLock({ $0 == nil }) {
                        socket.waiting.withLock { $0 = .now }
                        socket.send(#"{"op": "heartbeat"}"#)
                        try await Task.sleep(for: .milliseconds(message.interval_ms ?? 41_250))
                    }
                    socket.end()
                }
            } else if message.op == "ack", let sent = socket.waiting.withLock({ $0.take() }) {
                gateway.note(latency: .now - sent)  // a round trip on this connection: proof that it lives
            } else {
                try await health.attempt { socket.send(#"{"op": "reply", "text": "an answer"}"#) }
            }
        }
        gateway.noteDisconnected()
        throw POSIXError(.ECONNRESET)  // the next connection comes after the backoff delay
    }
}
