import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAlivePlatform

/// The owner of the socket at the other end, from the lines of /proc/net/tcp.
struct PeerOwnerTests {
    private func connection(_ peer: String, _ peerPort: UInt16, _ here: String, _ port: UInt16) throws
        -> PeerOwner.Connection
    {
        let ends = try [(peer, peerPort), (here, port)].map {
            try #require(try SocketAddress.resolve($0.0, port: $0.1).first)
        }
        return PeerOwner.Connection(peer: ends[0], here: ends[1])
    }

    private func line(_ local: String, _ remote: String, state: String = "01", user: Int, inode: Int = 4711) -> String {
        "  12: \(local) \(remote) \(state) 00000000:00000000 00:00000000 00000000  \(user)        0 \(inode) 1 0 20 4"
    }

    private func user(_ lines: [String], _ connection: PeerOwner.Connection) -> UInt32? {
        let head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
        return user(of: connection, in: ([head] + lines).joined(separator: "\n"), pieces: 4096)
    }

    private func user(of connection: PeerOwner.Connection, in table: String, pieces: Int) -> UInt32? {
        var search = PeerSearch(from: connection.peer, to: connection.here)
        var rest = Array(table.utf8)[...]
        var found: PeerSearch.Found?
        while found == nil, !rest.isEmpty {
            found = search.take(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
        }
        guard case .user(let user) = found ?? search.finish() else { return nil }
        return user
    }

    private let ours = "0100007F:1F41"
    private let theirs = "0100007F:9C40"

    @Test func thePeersOwnLineCounts() throws {
        let connection = try connection("127.0.0.1", 40_000, "127.0.0.1", 8001)
        let lines = [line(ours, theirs, user: 1), line(theirs, ours, user: 1000)]
        #expect(user(lines, connection) == 1000)
        #expect(user([lines[0]], connection) == nil)
        #expect(user([], connection) == nil)
    }

    /// One port may belong to several addresses, and to several users' sockets.
    @Test func bothEndsHaveToFit() throws {
        let connection = try connection("127.0.0.1", 40_000, "127.0.0.1", 8001)
        #expect(user([line(theirs, "0200007F:1F41", user: 0)], connection) == nil)
        #expect(user([line("0200007F:9C40", ours, user: 0)], connection) == nil)
    }

    /// A closed socket shows root's number, whoever owned it.
    @Test(arguments: ["01", "04", "06"])
    func aSocketWithoutAProgramIsNobodys(state: String) throws {
        let connection = try connection("127.0.0.1", 40_000, "127.0.0.1", 8001)
        #expect(user([line(theirs, ours, state: state, user: 0, inode: 0)], connection) == nil)
    }

    @Test func oneFamilyMayMeetTheOther() throws {
        // The server's socket is IPv6 and sees the peer as ::ffff:127.0.0.1; the peer's own is IPv4 or IPv6.
        let connection = try connection("::ffff:127.0.0.1", 40_000, "::ffff:127.0.0.1", 8001)
        #expect(user([line(theirs, ours, user: 7)], connection) == 7)
        let mapped = "0000000000000000FFFF0000"
        #expect(user([line(mapped + theirs, mapped + ours, user: 8)], connection) == 8)
        let sixth = try self.connection("::1", 40_000, "::1", 8001)
        let loopback = "00000000000000000000000001000000"
        #expect(user([line("\(loopback):9C40", "\(loopback):1F41", user: 9)], sixth) == 9)
    }

    /// Wherever the kernel ends a piece of the table, the line is found, and none is put together of two others.
    @Test(arguments: 1...200)
    func piecesOfAnySizeGiveTheLine(size: Int) throws {
        let connection = try connection("127.0.0.1", 40_000, "127.0.0.1", 8001)
        let others = (1...20).map { line("0100007F:\(1000 + $0)", ours, user: 5) }
        let table = (others + [line(theirs, ours, user: 1000)] + others).joined(separator: "\n")
        #expect(user(of: connection, in: table, pieces: size) == 1000)
        #expect(user(of: connection, in: others.joined(separator: "\n"), pieces: size) == nil)
    }

    /// A line without an end takes no memory, and the lines after it count.
    @Test func aLineWithoutAnEndIsCut() throws {
        let connection = try connection("127.0.0.1", 40_000, "127.0.0.1", 8001)
        let table = String(repeating: "x", count: 100_000) + "\n" + line(theirs, ours, user: 1000)
        #expect(user(of: connection, in: table, pieces: 4096) == 1000)
    }

    @Test func tornLinesSayNothing() throws {
        let connection = try connection("127.0.0.1", 40_000, "127.0.0.1", 8001)
        #expect(user(["  1: \(theirs) \(ours) 01", ":", "", line(theirs, ours, user: -1)], connection) == nil)
    }

    /// A proxy of another user may pass on what anybody sends.
    @Test(
        arguments: [
            (.user(0), .ourselves), (.user(1000), .ourselves), (.user(1001), .ourselves), (.user(1), .somebodyElse),
            (.user(1002), .somebodyElse), (.user(.max), .somebodyElse), (.nobody, .unknown), (nil, .unknown),
        ] as [(PeerSearch.Found?, PeerOwner)])
    func onlyRootAndOurOwnUsersAreOurselves(found: PeerSearch.Found?, owner: PeerOwner) {
        #expect(PeerOwner.judge(found, own: [1000, 1001]) == owner)
    }

    #if os(Linux)
        /// The kernel and its tables say the same of a socket, and of one that its program has closed.
        @Test(arguments: [("127.0.0.1", "127.0.0.1"), ("::", "127.0.0.1")])
        func theKernelIsAskedForOneSocket(listening: String, asking: String) throws {
            let listener = try Socket.listen(on: try #require(SocketAddress.resolve(listening, port: 0).first))
            let port = try Socket.localPort(listener.raw)
            var client: FileDescriptor? = try Socket.connect(
                to: try #require(SocketAddress.resolve(asking, port: port).first))
            var poller = Poller()
            poller.add(listener.raw, read: true, write: false)
            try poller.wait(until: nil)
            let accepted = try Socket.accept(listener.raw)
            let found = accepted.ends
            let ends = try #require(found)
            #expect(PeerOwner.ask(for: ends) == .user(getuid()))
            #expect(PeerOwner.readTables(for: ends) == .user(getuid()))
            #expect(PeerOwner.of(ends) == .ourselves)
            client = nil
            #expect(PeerOwner.ask(for: ends) == .nobody)
            #expect(PeerOwner.readTables(for: ends) == nil)
            #expect(PeerOwner.of(ends) == .ourselves, "a connection has one owner")
            let other = PeerOwner.Connection(peer: ends.here, here: ends.peer.withPort(1))
            #expect(PeerOwner.ask(for: other) == .nobody, "a listener is no peer")
            _ = client
        }
    #endif
}
