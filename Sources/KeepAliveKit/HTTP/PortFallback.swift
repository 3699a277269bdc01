import KeepAlivePlatform

/// Finds a port to listen on: the wanted one, or one of the next ports when it is taken.
package struct PortFallback: Equatable {
    let first: Int
    let fallbacks: Int

    package init(first: Int, fallbacks: Int) {
        self.first = first
        self.fallbacks = fallbacks
    }

    /// The ports in the order of trial. Port 0 is never taken, and 65535 has no next port.
    var ports: [Int] {
        if first == 0 { return [0] }
        guard (1...65_535).contains(first) else { return [] }
        return Array(first...min(65_535, first + min(max(0, fallbacks), 65_535)))
    }

    /// The sockets that listen on one port: one, or two if a name such as localhost has two addresses.
    struct Listeners: ~Copyable {
        let port: Int
        var sockets: [Socket]

        /// An owner that can be in an array.
        final class Socket: Sendable {
            let descriptor: FileDescriptor

            init(_ descriptor: consuming FileDescriptor) {
                self.descriptor = descriptor
            }

            // Closing is not enough: a child before its exec holds every descriptor, and the socket would still listen.
            deinit { KeepAlivePlatform.Socket.shutdownAll(descriptor.raw) }
        }
    }

    /// Listens on the first available port.
    ///
    /// - Parameters:
    ///   - host: a name or number; nil is every interface, IPv6 and IPv4.
    ///   - backlog: how many connections the kernel keeps until they are accepted.
    ///   - onTaken: receives each port that another process holds.
    /// - Throws: `noFreePort` when all are taken; `system` for a temporary shortage; `cannotListen` for any other
    ///   reason, because another port would not help.
    func listen(
        host: String?, backlog: Int32 = ServerCapacity().backlog, onTaken: (Int) -> Void
    ) throws(KeepAliveError) -> Listeners {
        var tried: [(port: Int, reason: String)] = []
        for port in ports {
            do throws(Errno) {
                return try Self.listen(host: host, port: UInt16(clamping: port), backlog)
            } catch {
                guard error.isAddressInUse else {
                    if error.isPassingShortage {
                        throw .system("port \(port) of \(host ?? "all interfaces"): \(error)")
                    }
                    throw .cannotListen(host: host ?? "all interfaces", port: port, reason: error.message)
                }
                tried.append((port, error.message))
                if port != ports.last { onTaken(port) }
            }
        }
        throw .noFreePort(tried: tried)
    }

    /// Throws when no port is available now; an available port is released at once.
    package func probe(host: String?) throws(KeepAliveError) {
        _ = try listen(host: host) { _ in }
    }

    private static func listen(host: String?, port: UInt16, _ backlog: Int32) throws(Errno) -> Listeners {
        guard case .named(let name) = ListenHost(host) else { return try listenEverywhere(port: port, backlog) }
        let addresses = try resolve(name, port: port)
        // Other forms of such a number are 0.0 or 0:0::0. Bound one by one, :: and 0.0.0.0 would conflict.
        if addresses.contains(where: \.isWildcard) { return try listenEverywhere(port: port, backlog) }
        return try listen(on: addresses, backlog)
    }

    private static func listenEverywhere(port: UInt16, _ backlog: Int32) throws(Errno) -> Listeners {
        // One socket on :: serves IPv4 too; a machine without IPv6 has 0.0.0.0.
        do throws(Errno) {
            return try listen(on: resolve("::", port: port), backlog)
        } catch {
            guard error.isAddressFamilyMissing else { throw error }
            return try listen(on: resolve("0.0.0.0", port: port), backlog)
        }
    }

    private static func resolve(_ host: String, port: UInt16) throws(Errno) -> [SocketAddress] {
        do {
            return try SocketAddress.resolve(host, port: port)
        } catch {
            throw error.isPassing ? Errno.resolverFailing(error.message) : Errno.unknownHost(error.message)
        }
    }

    private static func listen(on addresses: [SocketAddress], _ backlog: Int32) throws(Errno) -> Listeners {
        try listen(on: addresses) { (address) throws(Errno) in try Socket.listen(on: address, backlog: backlog) }
    }

    /// How often the system chooses a port before it counts as taken.
    private static let choices = 64

    /// Listens on one port of all addresses.
    ///
    /// - Parameter open: listens on one address.
    static func listen(
        on addresses: [SocketAddress], _ open: (SocketAddress) throws(Errno) -> FileDescriptor
    ) throws(Errno) -> Listeners {
        // With port 0, any connection may hold the port that the system chose for the first address at the second one.
        for _ in 1..<choices where addresses.count > 1 && addresses.allSatisfy({ $0.port == 0 }) {
            do throws(Errno) {
                return try listenOnce(on: addresses, open)
            } catch {
                guard error.isAddressInUse else { throw error }
            }
        }
        return try listenOnce(on: addresses, open)
    }

    private static func listenOnce(
        on addresses: [SocketAddress], _ open: (SocketAddress) throws(Errno) -> FileDescriptor
    ) throws(Errno) -> Listeners {
        var sockets: [Listeners.Socket] = []
        var port: UInt16?
        var missing: Errno?
        for (index, address) in addresses.enumerated() {
            // A hosts file may list an address twice; the second socket would conflict with the first.
            if addresses[..<index].contains(where: { $0.host == address.host }) { continue }
            do throws(Errno) {
                // With port 0, the second address takes the port that the system chose for the first.
                let socket = try open(address.withPort(port ?? address.port))
                port = try Socket.localPort(socket.raw)
                sockets.append(Listeners.Socket(socket))
            } catch {
                // The hosts file maps localhost to ::1 even on machines without IPv6.
                guard error.isAddressFamilyMissing, addresses.count > 1 else { throw error }
                missing = error
            }
        }
        guard let port, !sockets.isEmpty else { throw missing ?? Errno.unknownHost("it has no address") }
        return Listeners(port: Int(port), sockets: sockets)
    }
}
