import Foundation
import Testing

@testable import KeepAliveCurl

struct OwnShortageTests {
    @Test(arguments: [
        (EMFILE, true), (ENFILE, true), (ENOBUFS, true), (ENOMEM, true), (EADDRNOTAVAIL, true), (ECONNREFUSED, false),
        (ETIMEDOUT, false), (ENETUNREACH, false), (EACCES, false), (0, false),
    ])
    func aShortageIsOursAndARefusalThePeers(code: Int32, isOurs: Bool) throws {
        let endpoint = try Endpoint(host: "192.0.2.1")
        #expect(OwnShortage.code(code, connectingTo: endpoint) == (isOurs ? code : nil))
    }

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
