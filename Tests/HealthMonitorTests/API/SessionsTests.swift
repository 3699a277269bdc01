import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

struct SessionsTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    @Test func aSessionLastsTwelveHours() {
        var sessions = Sessions()
        let name = sessions.begin(at: start)
        let end = start.advanced(by: .seconds(12 * 3600))
        #expect(name.utf8.count == 32)
        #expect(sessions.ending(of: name, at: start) == end)
        #expect(sessions.ending(of: name, at: end.advanced(by: .seconds(-1))) == end)
        #expect(sessions.ending(of: name, at: end) == nil)
        #expect(sessions.ending(of: "", at: start) == nil)
        sessions.end(name)
        #expect(sessions.ending(of: name, at: start) == nil)
    }

    @Test func oldSessionsMakeRoom() {
        var sessions = Sessions()
        let names = (0...1000).map { sessions.begin(at: start.advanced(by: .seconds($0))) }
        let now = start.advanced(by: .seconds(1000))
        #expect(Set(names).count == names.count)
        #expect(sessions.ending(of: names[0], at: now) == nil)
        #expect(names.dropFirst().allSatisfy { sessions.ending(of: $0, at: now) != nil })
    }

    @Test func theCookieIsForThisPageAlone() {
        let sessions = Sessions()
        #expect(
            sessions.field("abc", isSecure: false)
                == "Set-Cookie: \(sessions.cookie)=abc; Max-Age=43200; HttpOnly; SameSite=Strict\r\n")
        #expect(
            sessions.field(nil, isSecure: true)
                == "Set-Cookie: \(sessions.cookie)=; Max-Age=0; HttpOnly; SameSite=Strict; Secure\r\n")
    }

    @Test func aChainOfProxiesMakesAList() {
        #expect(SameOrigin.values("A.example, b\t,\tC d") == ["a.example", "b", "c"])
        #expect(SameOrigin.values("") == [])
    }

    @Test(
        arguments: [
            (nil, nil, true), ("same-origin", nil, true), ("none", nil, true), ("same-origin", "https://b", true),
            ("cross-site", nil, false), ("same-site", nil, false), ("?", nil, false),
            (nil, "http://a:8090", true), (nil, "https://a:8090", true), (nil, "https://public", true),
            (nil, "http://a", false), (nil, "null", false), (nil, "http://a:8090.example", false), (nil, "?", false),
        ] as [(String?, String?, Bool)])
    func otherSitesAreForeign(site: String?, origin: String?, isOwn: Bool) {
        #expect(SameOrigin.isForeign(site: site, origin: origin, hosts: ["a:8090", "public"]) == !isOwn)
    }
}
