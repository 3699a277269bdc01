import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// What answers mean on both sides of a limit.
struct AnswerLimitTests {
    private static let now = WallTime(microseconds: 1_768_838_847_000_000)

    /// A failed delivery matters for ten minutes, while updates wait.
    @Test(
        arguments: [
            (600, 1, .degraded), (601, 1, .healthy), (0, 3, .degraded), (60, 0, .healthy),
        ] as [(Int64, Int64, ProbeStatus)])
    func aFailedDeliveryIsFreshForTenMinutes(age: Int64, pending: Int64, status: ProbeStatus) {
        let answer = JSONValue.object([
            "url": .string("https://bot.example/hook"), "pending_update_count": .integer(pending),
            "last_error_date": .integer(1_768_838_847 - age), "last_error_message": .string("502"),
        ])
        let state = WebhookState(answer, hiding: { $0 })
        #expect(state?.check(now: Self.now)?.status == status)
    }

    /// Whether an answer says something about the bot.
    @Test(arguments: [(400, true), (300, false), (399, false), (499, true), (500, false), (503, false)])
    func troubleOfTelegramItselfDecidesNothing(code: Int, isOfTheBot: Bool) {
        let body = #"{"ok":false,"error_code":\#(code),"description":"x"}"#
        let response = HTTPClientResponse(status: code, headers: [], body: Array(body.utf8), elapsed: .zero)
        let words = "Telegram answered \(code) to getMe: x"
        let expected: TelegramAnswer = isOfTheBot ? .failure(words) : .undecided(words)
        #expect(TelegramAnswer(response, of: "getMe", hiding: { $0 }) == expected)
    }

    @Test func soManyValuesOfAPluginAreKept() {
        func parse(_ count: Int) -> (kept: Int, more: Int) {
            let found = PerformanceData.parse((0..<count).map { "v\($0)=1" }.joined(separator: " "))
            return (found.data.count, found.more)
        }
        #expect(parse(100) == (100, 0))
        #expect(parse(102) == (100, 2))
    }

    @Test func aPluginsLimitsAreOptional() throws {
        func check(_ text: String) throws -> ProbeResult.SubCheck {
            try #require(PerformanceData.parse(text).data.first).check
        }
        #expect(try check("t=5").message == "5")
        #expect(try check("t=5;4").status == .degraded)
        #expect(try check("t=5;5;4").status == .unhealthy)
        #expect(try check("t=5;;4").message == "5 (critical 4)")
        // A range of one number.
        let range = try #require(PluginRange("5:5"))
        #expect([4.9, 5, 5.1].map { range.alerts($0) } == [true, false, true])
    }

    @Test(arguments: [("", 1, false), ("+", 1, false), ("+OK\r\n", 1, true), ("+OK\r\n", 2, false), ("HTTP", 2, true)])
    func redisAnswersInLines(text: String, lines: Int, isComplete: Bool) {
        #expect(RedisReply.isComplete(Array(text.utf8), lines: lines) == isComplete)
        #expect(RedisReply.isComplete(Array("-ERR\r\n+PONG\r\n".utf8), lines: 2))
    }

    /// A rate of nothing is no number worth keeping.
    @Test(
        arguments: [(0, 0.5, nil), (1, 0.5, 0.5), (1, 1, 1), (1, 1.5, nil)] as [(Int, Double, Double?)])
    func aBotWithoutUpdatesHasNoErrorRate(updates: Int, given: Double, rate: Double?) throws {
        let text = """
            {"status":"healthy","uptime_seconds":1.0,"last_update_ago":1.0,"total_updates":\(updates),
            "total_errors":0,"error_rate":\(given),"timestamp":"2026-01-19T16:07:27Z","bot_version":"1"}
            """
        let body = try #require(HealthBody(Array(text.utf8)))
        #expect(body.isKit)
        #expect(body.checks.first { $0.name == "error_rate" }?.value == rate)
    }
}
