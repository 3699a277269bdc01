import KeepAlivePlatform
import Testing

@testable import KeepAlivePostgreSQL

struct HostLookupTests {
    /// A resolver that hangs keeps nobody from a socket or an address: nobody asks it, and no time is needed.
    @Test(arguments: [
        "", "/run/postgresql", "@abstract", "localhost", "127.0.0.1", "10.1.2.3", "::1", "2001:db8::7",
    ])
    func whatIsNoNameNeedsNoResolver(host: String) {
        #expect(HostLookup.isAnswered(host, until: .now()))
    }
}
