import Testing

@testable import KeepAlivePlatform

struct SocketAddressTests {
    @Test(arguments: [
        ("127.0.0.1", "::ffff:127.0.0.1", true), ("203.0.113.7", "203.0.113.7", true),
        ("203.0.113.7", "203.0.113.8", false), ("203.0.113.7", "::ffff:203.0.113.8", false),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true), ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
        ("0.0.0.1", "::1", false),
    ])
    func onePeerIsOneNetwork(one: String, other: String, isSame: Bool) throws {
        let one = try #require(SocketAddress.network(numeric: one))
        let other = try #require(SocketAddress.network(numeric: other))
        #expect((one == other) == isSame)
    }

    @Test(arguments: ["", "localhost", "1.2.3", "1.2.3.4:80", "::g", "unknown"])
    func whatIsNoAddressHasNone(text: String) {
        #expect(SocketAddress.network(numeric: text) == nil)
    }

    @Test func anAddressAndItsTextAreOne() throws {
        for text in ["127.0.0.1", "2001:db8::7"] {
            let address = try #require(SocketAddress.resolve(text, port: 80).first)
            #expect(address.network == SocketAddress.network(numeric: text))
        }
    }
}
