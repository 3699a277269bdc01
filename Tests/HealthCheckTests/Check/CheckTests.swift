import Foundation
import KeepAliveKit
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

@testable import KeepAliveHealthCheck

@Suite(.timeLimit(.minutes(1)))
struct CheckTests {
    private func run(
        _ arguments: [String], _ variables: [String: String] = [:], file: [String: String] = [:]
    ) async throws -> Finding {
        let options = try Options(arguments)
        let flags = options.port.map { ["PORT": $0] } ?? [:]
        let check = try Check(options, settings: Settings(flags: flags, environment: variables, file: file))
        return try await BlockingWork.run { check.run() }
    }

    private static func serve(_ answer: String) -> @Sendable (ScriptedServer.Peer) -> Void {
        { peer in
            _ = peer.readHead()
            peer.send(answer)
        }
    }

    private static let bot = serve(ScriptedServer.answer(Report.text()))

    @Test(arguments: ["healthy", "degraded", "unhealthy"])
    func theBotsAnswerCountsWhateverItSays(status: String) async throws {
        let server = try ScriptedServer(answering: { _ in
            ScriptedServer.answer(Report.text(status), status: status == "unhealthy" ? "503 No" : "200 OK")
        })
        for arguments in [["--url", "http://127.0.0.1:\(server.port)"], ["--port", "\(server.port)"]] {
            guard case .report(let report, _, _) = try await run(arguments) else {
                Issue.record("no report")
                continue
            }
            #expect(report.status.rawValue == status)
        }
        #expect(try await server.requests.element(at: 0).hasPrefix("GET /health HTTP/1.1\r\n"))
    }

    static let strangers: [(String, String)] = [
        (ScriptedServer.answer("<html>", type: "text/html"), "text that is not JSON"),
        (ScriptedServer.answer("{\"status\":\"healthy\"}"), "JSON that is not a KeepAliveKit report"),
        (ScriptedServer.answer("", status: "404 Not Found"), "answered 404"),
        (ScriptedServer.answer("ok"), "another program uses this port"),
        (ScriptedServer.answer(Report.text(), status: "500 No"), "answered 500"),
    ]

    @Test(arguments: strangers)
    func aStrangerIsNotTheBot(answer: String, words: String) async throws {
        let server = try ScriptedServer(Self.serve(answer))
        guard case .stranger(let text) = try await run(["--port", "\(server.port)"]) else {
            Issue.record("a stranger was taken for something else")
            return
        }
        #expect(text.contains(words))
        #expect(text.contains("localhost:\(server.port)/health"))
    }

    @Test(arguments: [
        ScriptedServer.answer("hello"), "SSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"status\"", "",
    ])
    func theBotIsFoundBehindAStranger(answer: String) async throws {
        let pair = try ScriptedServer.neighbours(Self.serve(answer), Self.bot)
        guard case .report(_, _, let url) = try await run([], ["PORT": "\(pair.first.port)"]) else {
            Issue.record("the bot was not found")
            return
        }
        #expect(url.port == pair.second.port)
    }

    @Test func aSilentStrangerDoesNotUseUpTheTimeOfTheBot() async throws {
        let pair = try ScriptedServer.neighbours({ $0.waitForEnd() }, Self.bot)
        let finding = try await run(["--timeout", "9"], file: ["PORT": "\(pair.first.port)"])
        guard case .report(_, _, let url) = finding else {
            Issue.record("the bot was not found: \(finding)")
            return
        }
        #expect(url.port == pair.second.port)
    }

    @Test func onePortGivenMeansOnlyThatPort() async throws {
        let pair = try ScriptedServer.neighbours(Self.serve(ScriptedServer.answer("hello")), Self.bot)
        guard case .stranger = try await run(["--port", "\(pair.first.port)"], ["PORT_FALLBACKS": "2"]) else {
            Issue.record("another port was asked")
            return
        }
    }

    @Test func noBotAtAll() async throws {
        let telegram = try FakeTelegram()
        try telegram.stopListening()
        let finding = try await run([], ["PORT": "\(telegram.port)", "PORT_FALLBACKS": "0"])
        #expect(finding == .unreachable("nothing listens on localhost:\(telegram.port) (connection refused)"))
    }

    @Test(arguments: [("Casino Bot", true), ("Other", false)])
    func theNameHasToBeRight(name: String, matches: Bool) async throws {
        let server = try ScriptedServer(answering: { path in
            ScriptedServer.answer(path == "/" ? "{\"status\":\"online\",\"bot\":\"Casino Bot\"}" : Report.text())
        })
        let finding = try await run(["--port", "\(server.port)", "--bot", name])
        if case .report = finding { #expect(matches) } else { #expect(!matches) }
        if case .stranger(let text) = finding {
            #expect(text == "localhost:\(server.port) is the bot \"Casino Bot\", not \"Other\"")
        }
    }

    @Test func theTimeoutIsForBothQuestionsTogether() async throws {
        let server = try ScriptedServer { peer in
            guard peer.readHead()?.hasPrefix("GET /health ") == true else { return peer.waitForEnd() }
            // Slow, but within the time limit.
            usleep(700_000)
            peer.send(ScriptedServer.answer(Report.text()))
        }
        let finding = try await run(["--port", "\(server.port)", "--bot", "x", "--timeout", "5"])
        guard case .unreachable(let text) = finding else {
            Issue.record("\(finding)")
            return
        }
        let match = try #require(text.firstMatch(of: /did not answer within ([0-9.]+) s/))
        let seconds = try #require(Double(match.1))
        #expect(seconds <= 4.3, "the second question was given the time that the first had used up")
    }

    /// The words name the time that was given, not one that is longer by what the check itself took.
    @Test func aSilentServerIsNamedWithTheTimeout() async throws {
        let server = try ScriptedServer { $0.waitForEnd() }
        let finding = try await run(["--url", "http://127.0.0.1:\(server.port)", "--timeout", "1"])
        guard case .unreachable(let text) = finding else {
            Issue.record("\(finding)")
            return
        }
        let match = try #require(text.firstMatch(of: /did not answer within ([0-9.]+) s/))
        let seconds = try #require(Double(match.1))
        #expect(seconds <= 1)
    }

    /// A port that nobody asked is not said to be silent.
    @Test func withoutTimeNothingIsAsked() throws {
        var options = try Options(["--host", "127.0.0.1"])
        options.timeout = .zero
        let check = try Check(options, settings: Settings(environment: ["PORT": "9"]))
        #expect(check.candidates.map(\.port) == [9, 10, 11])
        #expect(check.run() == .unreachable("127.0.0.1:9 was not checked: the timeout was over"))
    }

    @Test(arguments: ["0", "65536", "x", "-1"])
    func aPortThatIsNone(text: String) async {
        await #expect(throws: KeepAliveError.self) { try await run([], ["PORT": text]) }
    }

    @Test func portsEndAt65535() throws {
        let check = try Check(Options([String]()), settings: Settings(environment: ["PORT": "65535"]))
        #expect(check.candidates.map(\.port) == [65_535])
    }

    /// The bot listens on HOST, and the check asks there.
    @Test(
        arguments: [
            ("127.0.0.2", "127.0.0.2"), ("::1", "::1"), ("[::1]", "::1"), ("bot.example", "bot.example"),
            (nil, "localhost"), ("", "localhost"), ("*", "localhost"), ("0.0.0.0", "localhost"), ("::", "localhost"),
            ("[::]", "localhost"), ("0", "localhost"), ("::0", "localhost"), ("0:0:0:0:0:0:0:0", "localhost"),
            ("any", "localhost"), ("Any", "localhost"),
        ] as [(String?, String)])
    func asksTheHostThatTheBotListensOn(host: String?, asked: String) throws {
        let settings = Settings(environment: [:], file: ["PORT": "9"].merging(host.map { ["HOST": $0] } ?? [:]) { $1 })
        #expect(Set(try Check(Options(), settings: settings).candidates.map(\.host)) == [asked])
        let flag = try Options(["--host", "127.0.0.3"])
        #expect(Set(try Check(flag, settings: settings).candidates.map(\.host)) == ["127.0.0.3"])
    }
}
