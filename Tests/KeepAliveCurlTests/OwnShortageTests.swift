import Foundation
import Testing

@testable import KeepAliveCurl
@testable import KeepAliveTestSupport

struct OwnShortageTests {
    @Test(arguments: [
        (EMFILE, true), (ENFILE, true), (ENOBUFS, true), (ENOMEM, true), (EADDRNOTAVAIL, true), (ECONNREFUSED, false),
        (ETIMEDOUT, false), (ENETUNREACH, false), (EACCES, false), (0, false),
    ])
    func aShortageIsOursAndARefusalThePeers(code: Int32, isOurs: Bool) throws {
        let endpoint = try Endpoint(host: "192.0.2.1")
        #expect(OwnShortage.code(code, connectingTo: endpoint) == (isOurs ? code : nil))
    }

    private static func canUseIPv6() -> Bool {
        guard let descriptor = try? StreamSocket.make(family: AF_INET6) else { return false }
        defer { close(descriptor) }
        return unsafe StreamSocket.withLoopback(AF_INET6, port: 0) { unsafe bind(descriptor, $0, $1) == 0 }
    }

    /// A machine without IPv6 has no address for it either, which is no shortage.
    @Test func noAddressIsAShortageWhereThereAreSome() throws {
        let found = OwnShortage.code(EADDRNOTAVAIL, connectingTo: try Endpoint(host: "::1"))
        #expect(found == (Self.canUseIPv6() ? EADDRNOTAVAIL : nil))
    }

    #if os(Linux)
        @Test func aProcessWithoutMemoryIsShort() async {
            await #expect(processExitsWith: .success) {
                let before = OwnShortage.ofMemory
                var limit = rlimit()
                #if canImport(Glibc)
                    let kind = __rlimit_resource_t(RLIMIT_AS.rawValue)
                #else
                    let kind = RLIMIT_AS
                #endif
                unsafe getrlimit(kind, &limit)
                let all = limit.rlim_cur
                // Less than it has already: it gets no more.
                limit.rlim_cur = 1 << 20
                unsafe setrlimit(kind, &limit)
                let found = OwnShortage.ofMemory
                limit.rlim_cur = all
                unsafe setrlimit(kind, &limit)
                #expect(before == nil)
                #expect(found == ENOMEM)
            }
        }
    #endif

    /// A failed lookup has no reason of its own.
    @Test func aProcessWithoutDescriptorsIsShort() async {
        await #expect(processExitsWith: .success) {
            let before = OwnShortage.ofDescriptors
            var limit = rlimit()
            #if canImport(Glibc)
                let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            #else
                let kind = RLIMIT_NOFILE
            #endif
            unsafe getrlimit(kind, &limit)
            limit.rlim_cur = min(limit.rlim_cur, 200)
            unsafe setrlimit(kind, &limit)
            var taken: [Int32] = []
            while case let raw = dup(0), raw >= 0 { taken.append(raw) }
            let found = OwnShortage.ofDescriptors
            for raw in taken { close(raw) }
            #expect(before == nil)
            #expect(found == EMFILE)
        }
    }
}
