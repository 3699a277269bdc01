import Foundation
import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

@Suite(.timeLimit(.minutes(1)))
struct TelegramProbeTests {
    private let server: FakeTelegram
    private let tools = ProbeTools(client: HTTPClient(), pushes: PushBoard())

    init() throws { server = try FakeTelegram() }

    private func probe(_ more: [String: JSONValue] = [:], token: String? = nil) throws -> TelegramProbe {
        let values: [String: JSONValue] = [
            "token": .string(token ?? server.token), "apiUrl": .string(server.baseURL + "/"),
        ]
        return try makeProbe(TelegramProbe.self, values.merging(more) { _, last in last })
    }

    /// One check. Whatever it finds, it must not show the token.
    private func look(_ probe: TelegramProbe, _ other: ProbeTools? = nil) async -> ProbeResult {
        let result = await probe.run(with: other ?? tools, timeout: .seconds(30))
        #expect("\(result) \(probe.address)".contains(server.token) == false, "\(result)")
        return result
    }

    @Test func aBotThatWorks() async throws {
        let probe = try probe()
        let result = await look(probe)
        #expect(result.status == .healthy)
        #expect(result.message == "@test_casino_bot: no update waits")
        #expect(result.responseTime != nil)
        #expect(result.check("pending_updates")?.value == 0)
        #expect(result.check("getMe.seconds")?.value ?? 0 > 0)
        #expect(probe.address == "the Bot API at 127.0.0.1")
        #expect(server.calls.map(\.method) == ["getMe", "getWebhookInfo"])
    }

    /// A polling bot that is deaf: its updates stay on the server.
    @Test func updatesThatNobodyFetches() async throws {
        let probe = try probe(["growingChecks": 3, "pendingDegraded": 2, "pendingUnhealthy": 3])
        #expect(await look(probe).status == .healthy)
        var found: [ProbeStatus] = []
        for _ in 0..<3 {
            server.enqueue(message: "hello")
            found.append(await look(probe).status)
        }
        #expect(found == [.healthy, .healthy, .unhealthy])
        let result = await look(probe)
        #expect(result.message.hasPrefix("@test_casino_bot: 3 updates wait, growing since "))
        #expect(result.check("pending_updates")?.value == 3)
        server.overrideWebhookInfo(["pending_update_count": 1])
        #expect(await look(probe).message == "@test_casino_bot: 1 update waits, 3 before: the bot catches up")
    }

    @Test func aWebhookThatFails() async throws {
        let probe = try probe()
        let now = WallTime.now().microseconds / 1_000_000
        let secret = "https://bot.example/hook/SECRETPATH"
        func info(_ pending: Int64, errorAt: Int64) -> [String: JSON] {
            [
                "url": .string(secret), "pending_update_count": .integer(pending), "last_error_date": .integer(errorAt),
                "last_error_message": .string("Wrong response from \(secret)/\(server.token): 502 Bad\nGateway"),
            ]
        }
        server.overrideWebhookInfo(info(3, errorAt: now - 60))
        let failing = await look(probe)
        #expect(failing.status == .degraded)
        #expect(failing.message.contains("3 updates wait; Telegram's last failed delivery to the webhook, "))
        #expect(failing.message.hasSuffix("502 Bad Gateway"))
        #expect("\(failing)".contains("SECRETPATH") == false)
        // Delivered since, or long ago: a detail.
        for (pending, age) in [(Int64(0), Int64(60)), (3, 3600)] {
            server.overrideWebhookInfo(info(pending, errorAt: now - age))
            let result = await look(probe)
            #expect(result.status == .healthy, "\(result)")
            #expect(result.message.contains("502") == false)
            #expect(result.check("webhook")?.message?.hasSuffix("502 Bad Gateway") == true)
        }
        server.overrideWebhookInfo(["url": "https://x.example", "last_error_date": .integer(.max)])
        #expect(await look(probe).status == .healthy)
    }

    @Test func refusals() async throws {
        let token = server.token
        let cases: [(fault: Fault, status: ProbeStatus, message: String)] = [
            (
                .status(401, description: "Unauthorized"), .unhealthy,
                "Telegram refuses the token (401 Unauthorized): revoked or wrong"
            ),
            (
                .status(404, description: "Not Found \(token)"), .unhealthy,
                "Telegram refuses the token (404 Not Found [hidden])"
            ),
            (.status(400, description: "Bad Request"), .unhealthy, "Telegram answered 400 to getMe: Bad Request"),
            (
                .status(429, description: "Too Many Requests", parameters: ["retry_after": 7]), .unknown,
                "Telegram limits calls of this bot for 7 s (429)"
            ),
            (.status(502, description: "Bad Gateway"), .unknown, "Telegram answered 502 to getMe: Bad Gateway"),
            (
                .page(status: 404, contentType: "text/html", body: Array("nginx".utf8)), .unknown,
                "HTTP 404 to getMe, not from"
            ),
            (.page(status: 302, contentType: "text/html", body: []), .unknown, "HTTP 302 to getMe, not from"),
            (.malformedJSON, .unknown, "the answer to getMe is not Telegram's: check apiUrl"),
            (.result(true), .unknown, "the answer to getMe is not Telegram's: check apiUrl"),
        ]
        for (fault, status, message) in cases {
            server.script(fault, for: "getMe")
            let result = await look(try probe(), ProbeTools(client: tools.client, pushes: tools.pushes))
            #expect(result.status == status, "\(message)")
            #expect(result.message.hasPrefix(message), "\(result.message)")
        }
        let revoked = await look(try probe(token: "110201543:WRONG"))
        #expect(revoked.status == .unhealthy)
        #expect(revoked.message.contains("401 Unauthorized"))
        server.script(.status(500, description: nil), for: "getWebhookInfo")
        #expect(await look(try probe()).message.hasPrefix("Telegram answered 500 to getWebhookInfo"))
        try server.stopListening()
        let gone = await look(try probe())
        #expect(gone.status == .unhealthy)
        #expect(gone.message == "connection refused")
    }

    /// Telegram's pause holds for every target of the bot, and only for it.
    @Test func noCallDuringAPause() async throws {
        server.script(
            .status(429, description: "Too Many Requests", parameters: ["retry_after": 600]), for: "getMe")
        #expect(await look(try probe()).status == .unknown)
        let paused = await look(try probe(["name": "other"]))
        #expect(paused.status == .unknown)
        #expect(paused.message.hasPrefix("Telegram limits calls of this bot for "))
        #expect(server.calls.count == 1)
        #expect(await look(try probe(token: "110201543:WRONG")).status == .unhealthy)
        let board = BacklogBoard()
        let now = MonotonicTime.now()
        board.pause("a", until: now.advanced(by: .seconds(2)))
        #expect(board.pause(of: "a", at: now.advanced(by: .seconds(1))) != nil)
        #expect(board.pause(of: "a", at: now.advanced(by: .seconds(2))) == nil)
    }

    /// The second that a pause ends in belongs to it.
    @Test func theRestOfAPauseIsRoundedUp() async throws {
        server.script(.tooManyRequests(retryAfter: 600), for: "getMe")
        _ = await look(try probe())
        let paused = await look(try probe())
        let end = try #require(tools.backlogs.pause(of: "\(server.baseURL)\n\(server.token)", at: .now()))
        let named = try #require(paused.message.firstMatch(of: /for (\d+) s/))
        let seconds = try #require(Int64(named.1))
        #expect(seconds > end.since(.now()).components.seconds && seconds <= 600)
    }

    /// No answer of Telegram's keeps the monitor from looking for more than a day.
    @Test(arguments: [(86_401, "for 86400 s "), (86_400, "for 86400 s "), (-5, "for 0 s ")])
    func aPauseIsAtMostADay(seconds: Int, words: String) async throws {
        server.script(.tooManyRequests(retryAfter: seconds), for: "getMe")
        let result = await look(try probe())
        #expect(result.message.contains(words), "\(result.message)")
    }

    @Test func keys() {
        func errors(_ values: [String: JSONValue]) -> [String] { configurationFindings(TelegramProbe.self, values) }
        #expect(errors([:]) == ["token: is missing: give a text"])
        #expect(errors(["token": "1:a?b"]).count == 1)
        #expect(errors(["token": "1:a b"]).count == 1)
        #expect(errors(["token": "1:ab", "apiUrl": "ftp://x"]).count == 1)
        #expect(
            errors(["token": "1:ab", "pendingUnhealthy": 10])
                == ["pendingUnhealthy: 10 is below pendingDegraded (20): give at least that"])
        #expect(errors(["token": "1:ab", "pendingUnhealthy": 20]) == [])
        #expect(errors(["token": "1:ab", "growingChecks": 0]).count == 1)
    }
}
