import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport

@testable import KeepAliveToolSupport

/// Answers one connection on ::1.
final class IPv6Server: Sendable {
    let port: UInt16

    static var isAvailable: Bool { (try? listen()) != nil }

    init(answer: String) throws {
        let socket = try Self.listen()
        port = try Socket.localPort(socket.raw)
        let raw = dup(socket.raw)
        Thread.detachNewThread {
            defer { close(raw) }
            var entry = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&entry, 1, 30_000) > 0 else { return }
            let peer = accept(raw, nil, nil)
            guard peer >= 0 else { return }
            var buffer = [UInt8](repeating: 0, count: 4096)
            _ = unsafe recv(peer, &buffer, buffer.count, 0)
            _ = unsafe Array(answer.utf8).withUnsafeBytes { unsafe Foundation.send(peer, $0.baseAddress, $0.count, 0) }
            close(peer)
        }
    }

    private static func listen() throws -> FileDescriptor {
        guard let address = try SocketAddress.resolve("::1", port: 0).first else { throw SystemFailure("resolve") }
        return try Socket.listen(on: address)
    }
}
