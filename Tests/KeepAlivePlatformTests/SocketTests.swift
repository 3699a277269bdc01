import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

/// What an accepted connection is, on every system.
struct SocketTests {
    @Test func anAcceptedConnectionIsReadyForUse() throws {
        let address = try #require(try SocketAddress.resolve("127.0.0.1", port: 0).first)
        let listener = try Socket.listen(on: address)
        let client = try RawClient(port: try Socket.localPort(listener.raw))
        let accepted = try Socket.accept(listener.raw)
        #expect(accepted.peer.isLoopback)
        let raw = accepted.socket.raw
        #expect(fcntl(raw, F_GETFL) & O_NONBLOCK != 0)
        #expect(fcntl(raw, F_GETFD) & FD_CLOEXEC != 0)
        var isImmediate: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        #expect(unsafe getsockopt(raw, Int32(IPPROTO_TCP), TCP_NODELAY, &isImmediate, &length) == 0)
        #expect(isImmediate != 0)
        client.close()
    }
}
