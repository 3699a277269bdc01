import Foundation
import KeepAliveKit
import Testing

@testable import KeepAliveHealthMonitor

/// What a path means, and which methods it takes.
struct APIRouteTests {
    /// A name may hold slashes, and is never empty.
    @Test(
        arguments: [
            ("", .root), ("/", .root), ("/ping", .own), ("/livez", .own), ("/readyz", .own), ("/health", .own),
            ("/health/services", .services), ("/service", .service), ("/metrics", .metrics), ("/logout", .logout),
            ("/api/health/alerts", .alerts), ("/api/health/alerts/7/ack", .acknowledge("7")),
            ("/api/health/alerts//ack", nil), ("/api/health/alerts/7", nil), ("/api/health/alerts/", nil),
            ("/api/health/silence/a/b", .silence("a/b")), ("/api/health/silence/", nil),
            ("/api/health/services/a/b/note", .note("a/b")), ("/api/health/services//note", nil),
            ("/api/health/services/a", nil), ("/api/health/test/a", .test("a")),
            ("/api/health/uptime/a%2Fb", .uptime("a%2Fb")), ("/api/push/a/start", .push("a/start")),
            ("/badge/a.svg", .badge("a")), ("/badge/.svg", nil), ("/badge/a.png", nil),
            ("/badge/a/b.svg", .badge("a/b")),
        ] as [(String, APIRoute?)])
    func paths(path: String, route: APIRoute?) { #expect(APIRoute(path) == route) }

    @Test(
        arguments: [
            (.status, [.get, .head]), (.metrics, [.get, .head]), (.test("a"), [.post]), (.login, [.post]),
            (.logout, [.post]), (.push("t"), [.get, .head, .post]), (.acknowledge("1"), [.post, .delete]),
            (.silence("a"), [.post, .delete]), (.note("a"), [.post, .delete]),
        ] as [(APIRoute, [HTTPRequest.Method])])
    func methods(route: APIRoute, methods: [HTTPRequest.Method]) {
        let all: [HTTPRequest.Method] = [.get, .head, .post, .delete, .other]
        #expect(all.filter { route.allows($0) } == methods)
    }

    /// Twenty names help; more than five hundred are too many to look for a near one.
    @Test(arguments: [(0, 0, false), (20, 20, true), (21, 20, true), (500, 20, true), (501, 20, false)])
    func anUnknownServiceIsAnsweredWithTheKnownOnes(count: Int, named: Int, isAsked: Bool) {
        let names = (0..<count).map { $0 == 0 ? "casino" : "s\($0)" }
        let reason = Refusal.noService("casinos", among: names).reason
        #expect(reason.contains("did you mean casino?") == isAsked)
        #expect(reason.contains("none is configured") == (count == 0))
        #expect(reason.hasSuffix(" and others") == (count > 20))
        let listed = reason.components(separatedBy: "there are ").last?.components(separatedBy: ", ").count
        #expect(named == 0 || listed == named)
    }

    /// A new token ends no session; a new key ends all.
    @Test func onlyOtherKeysAreAnotherEdition() {
        let live = LiveSettings(keys: ["key-one"], pushTokens: ["a"])
        live.replace(keys: ["key-one"], pushTokens: ["b"])
        #expect(live.current.edition == 0 && live.current.pushTokens == ["b"])
        live.replace(keys: ["key-two"], pushTokens: ["b"])
        #expect(live.current.edition == 1 && live.current.keys == ["key-two"])
    }

    @Test func asManyPlacesAreTakenAsThereAre() {
        let slots = Slots(2)
        // What nobody took makes no place.
        slots.giveBack()
        #expect([slots.take(), slots.take(), slots.take()] == [true, true, false])
        slots.giveBack()
        #expect([slots.take(), slots.take()] == [true, false])
    }

    /// Each attempt may take its whole time, and two seconds more.
    @Test func aTestIsWaitedForWithAllItsRetries() {
        let probe = ScriptedProbe([.healthy])
        #expect(Target("a", probe, timeout: .seconds(10)).longestCheck == .seconds(17))
        let retries = [Duration.seconds(1), .seconds(2)]
        #expect(Target("a", probe, timeout: .seconds(10), retries: retries).longestCheck == .seconds(44))
    }
}
