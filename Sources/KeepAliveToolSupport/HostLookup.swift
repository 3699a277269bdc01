import KeepAlivePlatform
import Synchronization

/// Finds a host's addresses within a deadline. The system's resolver knows no limit, so a thread of its own asks it, and
/// may outlast the lookup.
struct HostLookup: Sendable {
    typealias Addresses = Result<[SocketAddress], SocketAddress.UnknownHost>

    /// Asks the resolver, for as long as that takes.
    var resolve: @Sendable (_ host: String, _ port: UInt16) -> Addresses = { host, port in
        Result { () throws(SocketAddress.UnknownHost) in try SocketAddress.resolve(host, port: port) }
    }

    /// - Returns: nil if no answer came in time.
    /// - Throws: `Errno` when the system has no thread left.
    func addresses(of host: String, port: UInt16, until deadline: MonotonicTime) throws(Errno) -> Addresses? {
        if Self.needsNoServer(host) { return resolve(host, port) }
        let answer = Answer()
        try OSThread.start(name: "lookup") { [resolve] in answer.put(resolve(host, port)) }
        return answer.wait(until: deadline)
    }

    private static func needsNoServer(_ host: String) -> Bool {
        SocketAddress.isLocalhost(host) || SocketAddress.network(numeric: host) != nil
    }

    /// Lives until both threads have done with it.
    private final class Answer: Sendable {
        private let addresses = Mutex<Addresses?>(nil)
        private let bell = Bell()

        func put(_ found: Addresses) {
            addresses.withLock { $0 = found }
            bell.ring()
        }

        func wait(until deadline: MonotonicTime) -> Addresses? {
            bell.wait(until: deadline)
            return addresses.withLock { $0 }
        }
    }
}
