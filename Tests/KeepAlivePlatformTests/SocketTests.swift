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

    /// A restarted bot takes its port back from its last connections, and `::1` is one address of two.
    @Test(arguments: [("127.0.0.1", nil), ("::1", 1), ("::", 0)] as [(String, Int32?)])
    func aListenerHasItsOptions(host: String, isOnlySix: Int32?) throws {
        let address = try #require(try SocketAddress.resolve(host, port: 0, isNumeric: true).first)
        // Without IPv6 there is nothing to try.
        guard isOnlySix == nil || (try? Socket.listen(on: address)) != nil else { return }
        let listener = try Socket.listen(on: address)
        let raw = listener.raw
        #expect(Self.option(raw, SOL_SOCKET, SO_REUSEADDR).map { $0 != 0 } == true)
        if isOnlySix != nil { #expect(Self.option(raw, Int32(IPPROTO_IPV6), IPV6_V6ONLY) == isOnlySix) }
        #expect(fcntl(raw, F_GETFL) & O_NONBLOCK != 0)
        #expect(try Socket.localPort(listener.raw) > 0)
    }

    private static func option(_ raw: Int32, _ level: Int32, _ name: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return unsafe getsockopt(raw, level, name, &value, &length) == 0 ? value : nil
    }

    /// The outcome is known once the socket is writable.
    @Test func aRefusedConnectionIsToldAfterwards() throws {
        let port = try PortRow.one()
        let address = try #require(try SocketAddress.resolve("127.0.0.1", port: port).first)
        let failure = #expect(throws: Errno.self) {
            let socket = try Socket.connect(to: address)
            var poller = Poller()
            poller.add(socket.raw, read: false, write: true)
            try poller.wait(until: nil)
            try Socket.checkConnected(socket.raw)
        }
        #expect(failure?.isRefused == true)
    }
}
