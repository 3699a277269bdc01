import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

struct RestartAccessTests {
    private func decide(
        token: String? = nil, prod: Bool = false, authorization: String? = nil, host: String? = "localhost",
        authority: String? = nil, markers: HTTPRequest.Markers = [], loopback: Bool = true,
        owner: PeerOwner = .ourselves
    ) -> Int {
        let decision = RestartAccess(token: token, isProduction: prod).decide(
            authorization: authorization.map { Array($0.utf8) }, host: host.map { Array($0.utf8) },
            authority: authority.map { Array($0.utf8) }, markers: markers, peerIsLoopback: loopback, owner: owner)
        switch decision {
        case .allowed: return 202
        case .unauthorized(let reason), .forbidden(let reason):
            #expect(reason.contains("RESTART_TOKEN"), "it says what to do")
            if case .unauthorized = decision { return 401 }
            return 403
        }
    }

    @Test(arguments: [
        ("Bearer secret-token", 202), ("bearer secret-token", 202), ("BEARER   secret-token", 202), (nil, 401),
        ("", 401), ("Bearer", 401), ("Bearer ", 401), ("Bearer secret-toke", 401), ("Bearer secret-tokenx", 401),
        ("Bearer Secret-token", 401), ("Bearer xecret-token", 401), ("Bearer secret-token ", 401),
        ("Basic secret-token", 401), ("secret-token", 401), ("Bearersecret-token", 401), ("Bearer\tsecret-token", 401),
    ])
    func withAToken(authorization: String?, status: Int) {
        #expect(decide(token: "secret-token", authorization: authorization) == status)
        // Only the token counts: from anywhere, through any proxy, in prod too.
        #expect(
            decide(
                token: "secret-token", prod: true, authorization: authorization, host: "bot.example",
                authority: "bot.example", markers: [.via, .origin], loopback: false, owner: .somebodyElse) == status)
    }

    @Test func anEmptyTokenShownIsNone() {
        #expect(decide(token: "", authorization: "Bearer ") == 401)
    }

    @Test(arguments: [nil, "Bearer x"])
    func inProdWithoutATokenNobody(authorization: String?) {
        #expect(decide(prod: true, authorization: authorization) == 403)
    }

    @Test func onlyThisMachine() {
        #expect(decide() == 202)
        #expect(decide(loopback: false) == 403)
    }

    @Test func onlyOurOwnUserAndRoot() {
        #expect(decide(owner: .somebodyElse) == 403)
        #expect(decide(owner: .unknown) == 403, "where nobody can tell, nobody may")
    }

    @Test(arguments: [("localhost:8001", 202), ("[::1]", 202), ("127.0.0.1:1", 202), ("bot.example", 403)])
    func aTargetsHostCountsToo(authority: String, status: Int) {
        #expect(decide(authority: authority) == status)
        #expect(decide(host: "bot.example", authority: authority) == 403)
    }

    @Test(arguments: [
        HTTPRequest.Markers.origin, .secFetch, .referer, .cookie, .forwarded, .xForwarded, .via, .realIP,
        .connectingIP, .http10,
    ])
    func neitherBrowserNorProxy(marker: HTTPRequest.Markers) {
        #expect(decide(markers: marker) == 403)
    }

    @Test(arguments: [
        ("localhost", true), ("LocalHost:8001", true), ("localhost.", true), ("127.0.0.1", true), ("127.0.0.1:1", true),
        ("127.255.3.4", true), ("[::1]", true), ("[::1]:8001", true), ("", false), (":8001", false),
        ("localhost.evil.example", false), ("evil.localhost.example:80", false), ("localhostx", false),
        ("127.0.0.1.evil.example", false), ("127.0.0", false), ("127.1", false), ("127.0.0.256", false),
        ("127.0.0.", false), ("127.0.0.+1", false), ("127.0.0.-1", false), ("1127.0.0.1", false), ("128.0.0.1", false),
        ("0.0.0.0", false), ("[::2]", false), ("[::]", false), ("::1", false), ("[::1", false), ("[::1]x", false),
        ("localhost:80:80", false), ("localhost:8a", false), ("127.0.0.1:80@evil", false), ("192.168.0.1", false),
    ])
    func hostNames(host: String, isLoopback: Bool) {
        #expect(RestartAccess.isLoopbackName(Array(host.utf8)) == isLoopback)
        #expect(decide(host: host) == (isLoopback ? 202 : 403))
    }

    @Test func noHostNoRestart() {
        #expect(decide(host: nil) == 403)
        #expect(!RestartAccess.isLoopbackName([0xFF, 0x3A, 0x80]))
    }

    @Test(arguments: [
        ("", "", true), ("a", "a", true), ("a", "", false), ("", "a", false), ("abc", "abd", false),
        ("abc", "xbc", false), ("abc", "abcabc", false), ("a", "a\0", false), ("\0", "", false),
        ("\u{80}", "\0", false), (String(repeating: "a", count: 256), "", false),
    ])
    func equality(left: String, right: String, areEqual: Bool) {
        #expect(RestartAccess.areEqual(Array(left.utf8), Array(right.utf8)) == areEqual)
    }
}
