import Foundation
import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

/// A name with several addresses, not all of which can be listened on.
struct PortFallbackTests {
    private func resolve(_ hosts: [String]) throws -> [SocketAddress] {
        try hosts.map { try #require(try SocketAddress.resolve($0, port: 0).first) }
    }

    /// As a hosts file may have it.
    @Test func anAddressThatIsThereTwiceIsListenedOnOnce() throws {
        let addresses = try resolve(["127.0.0.1", "127.0.0.1"])
        var opened = 0
        let listeners = try PortFallback.listen(on: addresses) { address throws(Errno) in
            opened += 1
            return try Socket.listen(on: address)
        }
        let count = listeners.sockets.count
        #expect(count == 1)
        #expect(opened == 1)
    }

    /// The hosts file maps localhost to ::1 even on machines without IPv6.
    @Test func anAddressOfAMissingFamilyIsLeftOut() throws {
        let addresses = try resolve(["127.0.0.2", "127.0.0.1"])
        var opened = 0
        let listeners = try PortFallback.listen(on: addresses) { address throws(Errno) in
            opened += 1
            if opened == 1 { throw Errno("socket", code: EAFNOSUPPORT) }
            return try Socket.listen(on: address)
        }
        let count = listeners.sockets.count
        #expect(count == 1)
        #expect(opened == 2)
    }

    /// Other words would send a person to the resolver.
    @Test func whenEveryFamilyIsMissingThatIsTheReason() throws {
        let addresses = try resolve(["127.0.0.2", "127.0.0.1"])
        var found: Errno?
        do throws(Errno) {
            _ = try PortFallback.listen(on: addresses) { address throws(Errno) in
                throw Errno("socket", code: EAFNOSUPPORT)
            }
        } catch {
            found = error
        }
        #expect(found == Errno("socket", code: EAFNOSUPPORT))
    }
}
