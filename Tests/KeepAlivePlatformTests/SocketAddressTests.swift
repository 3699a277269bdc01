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

    @Test(arguments: [
        ("127.0.0.1", true), ("127.255.0.9", true), ("126.0.0.1", false), ("128.0.0.1", false), ("::1", true),
        ("::2", false), ("1::1", false), ("::", false), ("::ffff:127.0.0.1", true), ("::ffff:128.0.0.1", false),
        ("::ff:127.0.0.1", false),
    ])
    func whatOnlyThisMachineCanHave(text: String, isLoopback: Bool) throws {
        let address = try #require(SocketAddress.resolve(text, port: 8001, isNumeric: true).first)
        #expect(address.isLoopback == isLoopback)
        #expect(address.port == 8001)
        #expect(address.withPort(513).port == 513)
        #expect(address.isWildcard == (text == "::"))
    }

    @Test(arguments: [
        ("localhost", true), ("LocalHost.", true), ("a.localhost", true), ("a.localhost.", true),
        ("notlocalhost", false), ("localhost.example", false), ("", false),
    ])
    func namesOfThisMachine(name: String, isLocalhost: Bool) {
        #expect(SocketAddress.isLocalhost(name) == isLocalhost)
    }

    @Test(arguments: [(EAI_AGAIN, true), (EAI_MEMORY, true), (EAI_NONAME, false), (EAI_FAIL, false)])
    func aResolverMayFailForNow(code: Int32, isPassing: Bool) {
        #expect(SocketAddress.UnknownHost(message: "", code: code, systemCode: 0).isPassing == isPassing)
    }

    @Test func anAddressAndItsTextAreOne() throws {
        for text in ["127.0.0.1", "2001:db8::7"] {
            let address = try #require(SocketAddress.resolve(text, port: 80).first)
            #expect(address.network == SocketAddress.network(numeric: text))
        }
    }
}
