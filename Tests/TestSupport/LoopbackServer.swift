import Foundation
import Synchronization

/// A TCP server on 127.0.0.1 with a thread per connection.
final class LoopbackServer: Sendable {
    /// A client's connection, for its thread.
    final class Connection: Sendable {
        let socket: StreamSocket
        let waker: Waker

        init(socket: StreamSocket, waker: Waker) {
            self.socket = socket
            self.waker = waker
        }
    }

    private struct State {
        var listener: Listener?
        /// Reserves the port while the server does not listen. Otherwise another socket might get it, and a client
        /// connecting from that port would even reach itself.
        var reserved: Int32 = -1
        var connections: [ObjectIdentifier: Connection] = [:]
        var isShutDown = false
    }

    private final class Listener: Sendable {
        let descriptor: Int32
        let waker: Waker
        let threads = ThreadTally()

        init(descriptor: Int32) throws {
            self.descriptor = descriptor
            waker = try Waker()
        }
    }

    let port: UInt16
    private let state: Mutex<State>
    private let threads = ThreadTally()
    private let serve: @Sendable (Connection) -> Void

    /// Takes a port, by default any free one, and listens on it; calls `serve` on each connection's thread.
    init(port wanted: UInt16 = 0, serve: @escaping @Sendable (Connection) -> Void) throws {
        let descriptor = try Self.bind(port: wanted)
        self.serve = serve
        port = Self.port(of: descriptor)
        state = Mutex(State(reserved: descriptor))
        try startListening()
    }

    /// The number of connected clients.
    var connectionCount: Int { state.withLock { $0.connections.count } }

    /// Listens again; does nothing if it already listens.
    func startListening() throws {
        try state.withLock { state in
            guard state.listener == nil, !state.isShutDown else { return }
            if state.reserved < 0 { state.reserved = try Self.bind(port: port) }
            guard listen(state.reserved, 512) == 0 else { throw SystemFailure("listen") }
            let listener = try Listener(descriptor: state.reserved)
            state.reserved = -1
            state.listener = listener
            listener.threads.start { [self] in accept(on: listener) }
        }
    }

    /// Stops listening; afterwards the port refuses connections.
    func stopListening(closingConnections: Bool) throws {
        let listener = state.withLock { state in
            defer { state.listener = nil }
            return state.listener
        }
        guard let listener else { return }
        // Reserve the port before releasing it: otherwise another program's outgoing connection could get it.
        try state.withLock { state in
            if !state.isShutDown { state.reserved = try Self.bind(port: port) }
        }
        listener.waker.wake()
        listener.threads.waitUntilAllEnded()
        if closingConnections { disconnectAll() }
    }

    /// Ends everything and returns once all threads have ended.
    func shutDown() {
        state.withLock { $0.isShutDown = true }
        try? stopListening(closingConnections: true)
        disconnectAll()
        threads.waitUntilAllEnded()
        state.withLock { state in
            if state.reserved >= 0 { close(state.reserved) }
            state.reserved = -1
        }
    }

    /// Ends all connections.
    func disconnectAll() {
        let connections = state.withLock { Array($0.connections.values) }
        for connection in connections { connection.socket.disconnect() }
    }

    private func accept(on listener: Listener) {
        _ = fcntl(listener.descriptor, F_SETFL, O_NONBLOCK)
        while true {
            var watched = [
                pollfd(fd: listener.waker.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            _ = unsafe poll(&watched, nfds_t(watched.count), -1)
            if watched[0].revents != 0 { break }
            guard watched[1].revents != 0 else { continue }
            let made = try? DescriptorGate.open("accept") { [Foundation.accept(listener.descriptor, nil, nil)] }
            guard let descriptor = made?.first else { continue }
            admit(StreamSocket(adopting: descriptor))
        }
        // For all holders: a process that is being started also holds it until its exec.
        _ = shutdown(listener.descriptor, Int32(SHUT_RDWR))
        close(listener.descriptor)
    }

    private func admit(_ socket: StreamSocket) {
        guard let waker = try? Waker() else { return }
        let connection = Connection(socket: socket, waker: waker)
        state.withLock { $0.connections[ObjectIdentifier(connection)] = connection }
        threads.start { [self] in
            serve(connection)
            // Forget it before closing it, so that no call disconnects a reused descriptor.
            state.withLock { $0.connections[ObjectIdentifier(connection)] = nil }
            socket.close()
        }
    }

    private static func bind(port: UInt16) throws -> Int32 {
        let descriptor = try StreamSocket.make(family: AF_INET)
        StreamSocket.set(descriptor, level: SOL_SOCKET, option: SO_REUSEADDR, Int32(1))
        // The listener and the socket that reserves its port share it briefly.
        StreamSocket.set(descriptor, level: SOL_SOCKET, option: SO_REUSEPORT, Int32(1))
        let failed = unsafe StreamSocket.withLoopback(AF_INET, port: port) {
            unsafe Foundation.bind(descriptor, $0, $1) != 0
        }
        if failed {
            let failure = SystemFailure("bind")
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    private static func port(of descriptor: Int32) -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        return UInt16(bigEndian: address.sin_port)
    }
}
