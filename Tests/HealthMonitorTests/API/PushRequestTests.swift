import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

struct PushRequestTests {
    private static let tokens: Set = ["token-one", "with/slash", "with/start"]

    @Test(arguments: [
        ("token-one", "token-one", PushRequest.Kind.call), ("token-one/start", "token-one", .start),
        ("token-one/fail", "token-one", .fail), ("token-one/0", "token-one", .exit(0)),
        ("token-one/255", "token-one", .exit(255)), ("with%2Fslash/7", "with/slash", .exit(7)),
        ("with/slash", "with/slash", .call), ("with/start", "with/start", .call),
        ("with/start/start", "with/start", .start),
    ])
    func paths(path: String, token: String, kind: PushRequest.Kind) throws {
        let request = try #require(try PushRequest(path[...], among: Self.tokens))
        #expect(request.token == token)
        #expect(request.kind == kind)
    }

    @Test(arguments: ["token", "other/start", "/start", "token-one/start/1", "/"]) func unknownTokens(path: String)
        throws
    {
        #expect(try PushRequest(path[...], among: Self.tokens) == nil)
    }

    @Test(arguments: [(64, true), (65, false)]) func aRunsNameHas64CharactersAtMost(count: Int, isTaken: Bool) throws {
        let request = try #require(try PushRequest("token-one/start", among: Self.tokens))
        let query = Array("rid=\(String(repeating: "x", count: count))".utf8)
        let call = try? request.call(query: query, body: "", at: .now())
        #expect((call?.run != nil) == isTaken)
    }

    @Test func theLifeOfARun() async throws {
        try await ServedMonitor.serve { monitor throws in
            let path = "/api/push/\(ServedMonitor.token)"
            func ask(_ rest: String, method: String = "GET") throws -> Int {
                Int(try monitor.ask(method, path + rest, key: nil).status)
            }
            #expect(try ask("/start?rid=run-1") == 200)
            var report = monitor.pushes.report(ServedMonitor.token)
            #expect(report.job?.runs.map(\.id) == ["run-1"])
            #expect(report.call == nil)
            #expect(try ask("/3?rid=run-1&msg=disk+full", method: "POST") == 200)
            report = monitor.pushes.report(ServedMonitor.token)
            #expect(report.job?.runs == [])
            #expect(report.job?.exitCode == 3)
            #expect(report.job?.durationMilliseconds != nil)
            #expect(report.call?.status == .unhealthy && report.call?.message == "disk full")
            #expect(try ask("/0") == 200)
            #expect(monitor.pushes.last(ServedMonitor.token)?.status == .healthy)
            #expect(try ask("/fail") == 200)
            #expect(monitor.pushes.last(ServedMonitor.token)?.status == .unhealthy)
            #expect(
                try monitor.error("GET", path + "/256") == "400 \"256\" is not an exit code: give 0 to 255")
            #expect(try ask("/stop") == 404)
            #expect(try ask("/-1") == 404)
            #expect(try ask("/0", method: "PUT") == 405)
            #expect(try ask("/start?status=down") == 400)
            #expect(try ask("?rid=\(String(repeating: "x", count: 65))") == 400)
            #expect(try ask("/start", method: "HEAD") == 200)
            #expect(monitor.pushes.report(ServedMonitor.token).job?.runs == [], "HEAD changes nothing")
            #expect(try Int(monitor.ask("GET", "/api/push/nobody/start", key: nil).status) == 404)
        }
    }

    /// A run's name is one word of plain letters and signs.
    @Test(arguments: [("a!~", true), ("a%20b", false), ("a%7F", false), ("caf%C3%A9", false), ("%0A", false)])
    func aRunsNameIsPlain(name: String, isTaken: Bool) throws {
        let request = try #require(try PushRequest("token-one/start", among: Self.tokens))
        let call = try? request.call(query: Array("rid=\(name)".utf8), body: "", at: .now())
        #expect((call?.run != nil) == isTaken)
    }

    /// A job's log counts where nothing else is said, and an exit code other than 0 is a failure.
    @Test(
        arguments: [
            ("token-one", "msg=disk", "log", "disk", .healthy), ("token-one", "msg=+", "log", "log", .healthy),
            ("token-one", "status=down", " \n", nil, .unhealthy), ("token-one/0", nil, "log", "log", .healthy),
            ("token-one/1", nil, "", nil, .unhealthy), ("token-one/fail", nil, "log", "log", .unhealthy),
        ] as [(String, String?, String, String?, ProbeStatus)])
    func whatACallSays(path: String, query: String?, body: String, message: String?, status: ProbeStatus) throws {
        let request = try #require(try PushRequest(path[...], among: Self.tokens))
        let call = try request.call(query: query.map { Array($0.utf8) }, body: body, at: .now())
        #expect(call.message == message && call.status == status)
        #expect(!call.isStart)
    }
}
