import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport
import Testing

@testable import KeepAliveLauncher

struct HealthAnswerTests {
    /// The kit's answer with additional members.
    static func report(_ more: String) -> String {
        #"{"status":"unhealthy","uptime_seconds":1.0,"last_update_ago":1.0,"total_updates":0,"total_errors":0,"#
            + #""error_rate":0.0,"timestamp":"2026-01-19T16:07:27.123456Z","bot_version":"1",\#(more)}"#
    }

    private static let plain = HealthAnswer.unwell("localhost:8001 answers 503")
    private static let stuck = HealthAnswer.failed("localhost:8001 answers 503, its executor is stalled", isStuck: true)

    @Test(
        arguments: [
            (200, "no JSON", .well), (404, report(#""executor":"stopped""#), .well), (503, "no JSON", plain),
            (503, report(#""executor":"responsive""#), plain), (503, report(#""executor":"stopped""#), stuck),
            (503, report(#""gateway":{"lastEventAge":400.0,"connected":false},"executor":"responsive""#), .cutOff),
            (503, report(#""gateway":{"connected":false},"executor":"stopped""#), stuck),
            (503, report(#""gateways":{"a":{"connected":false},"b":{"connected":false}}"#), .cutOff),
            (503, report(#""gateways":{"a":{"connected":false},"b":{"connected":true}}"#), plain),
            // Only the exact key counts, because it leads to a SIGABRT.
            (503, report(#""checks":{"a":{"executor":"stopped","gateway":{"connected":false}}}"#), plain),
            (503, #"{"executor":"stopped"}"#, plain),
        ] as [(Int, String, HealthAnswer)])
    func answer(status: Int, body: String, expected: HealthAnswer) {
        let url = HTTPURL(host: "localhost", port: 8001, target: "/health")
        #expect(HealthAnswer(status: status, body: Array(body.utf8), of: url) == expected)
    }

    @Test func aPollWithoutAnAnswerIsNoStuckBot() {
        let failure = HTTPGet.Failure.unknownHost("bot.example")
        #expect(HealthAnswer(failure) == .failed(failure.description, isStuck: false))
    }

    @Test func onlyAnAnswerThatSaysSoMakesAStuckBot() {
        #expect(Self.plain.failure?.isStuck == false)
        #expect(Self.plain.failure?.reason == "localhost:8001 answers 503")
        #expect(Self.stuck.failure?.isStuck == true)
        for answer in [HealthAnswer.well, .cutOff, .unknown] { #expect(answer.failure?.reason == nil) }
    }

    @Test func whatTheLauncherItselfIsShortOfIsNotTheBots() {
        let url = HTTPURL(host: "localhost", port: 8001, target: "/health")
        #expect(HealthAnswer(.system(url, Errno("socket", code: 24))) == .unknown)
        #expect(HealthAnswer(.system(url, Errno("connect", code: 113))) != .unknown)
        #expect(HealthAnswer(.noNameServer("bot.example")) == .unknown)
        #expect(HealthAnswer(.unknownHost("bot.example")) != .unknown)
        #expect(
            HealthAnswer(.refused(url))
                == .unwell("nothing listens on localhost:8001 (connection refused)"))
    }
}
