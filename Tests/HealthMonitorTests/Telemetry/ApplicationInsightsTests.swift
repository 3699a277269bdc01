import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// Telemetry over real connections.
@Suite(.timeLimit(.minutes(1)))
struct ApplicationInsightsTests {
    private func insights(
        _ fake: FakeInsights, interval: Duration = .milliseconds(1), log: Log = .none
    ) throws -> ApplicationInsights {
        ApplicationInsights(
            try ConnectionString(fake.connection), client: HTTPClient(), version: "1.2.3", log: log,
            buffer: TelemetryBuffer(interval: interval, backoff: Backoff(initial: .milliseconds(1), maximum: .zero)))
    }

    private func metrics(_ range: Range<Int>) -> [TelemetryItem] {
        range.map {
            TelemetryItem(
                name: "health.disk_usage", content: .metric(Double($0)), properties: ["service": "\($0)"],
                time: WallTime(microseconds: 1_700_000_000_000_000))
        }
    }

    private static func services(_ request: PeerServer.Request) -> [String] {
        FakeInsights.envelopes(request).compactMap {
            $0["data"]?["baseData"]?["properties"]?["service"]?.string
        }
    }

    /// Runs until `body` returns.
    private func running(_ insights: ApplicationInsights, _ body: () async throws -> Void) async rethrows {
        let work = Task { await insights.run() }
        defer { work.cancel() }
        try await body()
    }

    @Test func whatChecksFindIsSent() async throws {
        let fake = try FakeInsights()
        let insights = try insights(fake, interval: .seconds(3600))
        let target = Target("disk \"1\"", ScriptedProbe([.healthy]))
        let telemetry = Telemetry(board: StatusBoard([target]), insights: insights)
        var result = ProbeResult(status: .unhealthy, message: "95 % is in use")
        result.checks = [
            .init(name: "disk.used_percent", status: .unhealthy, value: 95.5),
            .init(name: "memory.used_percent", status: .healthy, value: 50),
            .init(name: "heartbeat.age", status: .healthy, value: 12),
            .init(name: "restarts", status: .healthy, value: 3),
            .init(name: "nan", status: .healthy, value: .nan),
        ]
        let time = WallTime(microseconds: 1_768_838_847_500_000)
        await telemetry.note(
            CheckRecord(service: target.name, result: result, time: time),
            events: [
                ChannelScene.event(.opened, message: String(repeating: "é\n", count: 8192)),
                ChannelScene.event(.escalated, severity: .warning), ChannelScene.event(.repeated),
                ChannelScene.event(.resolved), ChannelScene.event(.test),
            ])
        await insights.flush(timeout: .seconds(30))
        let request = try await fake.server.waitForRequest()
        #expect(FakeInsights.findings(request) == [])
        let envelopes = FakeInsights.envelopes(request)
        #expect(
            envelopes.map(FakeInsights.name) == [
                "health.disk_usage", "health.memory_usage", "health.heartbeat_age", "health.crash_count",
                "health.service_active", "health_critical", "health_warning",
            ])
        let values = envelopes.compactMap { $0["data"]?["baseData"]?["metrics"]?[0]?["value"]?.double }
        #expect(values == [95.5, 50, 12, 3, 0])
        #expect(envelopes[0]["time"] == "2026-01-19T16:07:27.500000Z")
        #expect(envelopes[0]["data"]?["baseData"]?["properties"]?["service"]?.string == target.name)
        #expect(envelopes[6]["data"]?["baseData"]?["properties"]?["kind"] == "escalated")
    }

    @Test func aHundredLeaveAtOnceAndNoMoreTogether() async throws {
        let fake = try FakeInsights()
        let insights = try insights(fake, interval: .seconds(3600))
        try await running(insights) {
            await insights.add(metrics(0..<99))
            await insights.add(metrics(99..<230))
            let first = try await fake.server.waitForRequest(1)
            let second = try await fake.server.waitForRequest(2)
            #expect(Self.services(first) == (0..<100).map(String.init))
            #expect(Self.services(second) == (100..<200).map(String.init))
            #expect(FakeInsights.findings(first) + FakeInsights.findings(second) == [])
        }
    }

    @Test func fewLeaveAfterAWhile() async throws {
        let fake = try FakeInsights()
        let insights = try insights(fake)
        try await running(insights) {
            await insights.add(metrics(0..<2))
            let request = try await fake.server.waitForRequest()
            #expect(Self.services(request) == ["0", "1"])
        }
    }

    @Test func ofAPartialSuccessTheRestIsSentAgain() async throws {
        let body = """
            {"itemsReceived":4,"itemsAccepted":1,"errors":[{"index":1,"statusCode":500,"message":"x"},
            {"index":2,"statusCode":400,"message":"x"},{"index":3,"statusCode":439,"message":"x"}]}
            """
        let fake = try FakeInsights { number, _ in number == 1 ? .status(206, body: body) : nil }
        let insights = try insights(fake)
        try await running(insights) {
            await insights.add(metrics(0..<4))
            let request = try await fake.server.waitForRequest(2)
            #expect(Self.services(request) == ["1", "3"])
        }
    }

    @Test(arguments: [408, 429, 439, 500, 503, 0])
    func passingFaultsLoseNothing(status: Int) async throws {
        let fake = try FakeInsights { number, _ in
            number <= 2 ? (status == 0 ? .close : .status(status, headers: ["Retry-After": "0"])) : nil
        }
        let insights = try insights(fake)
        try await running(insights) {
            await insights.add(metrics(0..<3))
            let request = try await fake.server.waitForRequest(3)
            #expect(Self.services(request) == ["0", "1", "2"])
        }
    }

    @Test func whatIsRefusedIsDroppedAndSaidOnce() async throws {
        let fake = try FakeInsights { number, _ in number <= 2 ? .status(400, body: "bad \(FakeInsights.key)") : nil }
        let said = EventLog<String>()
        let log = Log { said.append("\($0) \($1)") }
        let insights = try insights(fake, log: log)
        for number in 0..<3 {
            await insights.add(metrics(number..<number + 1))
            await insights.flush(timeout: .seconds(30))
        }
        #expect(fake.server.requests.elements.map(Self.services) == [["0"], ["1"], ["2"]])
        #expect(said.elements.count == 1)
        #expect(said.elements.first?.contains("rejected telemetry, which is dropped: it answered 400") == true)
    }

    @Test(arguments: [307, 308])
    func redirectsAreFollowedAndRemembered(status: Int) async throws {
        let place = try FakeInsights()
        let url = place.server.url
        let fake = try FakeInsights { _, _ in .status(status, headers: ["Location": "\(url)/v2.1/track"]) }
        let insights = try insights(fake)
        for number in 0..<2 {
            await insights.add(metrics(number..<number + 1))
            await insights.flush(timeout: .seconds(30))
        }
        #expect(place.server.requests.elements.map(Self.services) == [["0"], ["1"]])
        #expect(place.server.requests.elements.flatMap(FakeInsights.findings) == [])
        #expect(fake.server.requests.count == 1, "the second goes there at once")
    }

    @Test func circlesAndForeignPlacesEnd() async throws {
        let circle = try FakeInsights { _, request in
            .status(308, headers: ["Location": "http://\(request.headers["Host"] ?? "")/v2.1/track"])
        }
        let away = try FakeInsights { _, _ in .status(308, headers: ["Location": "http://localhost:1/v2.1/track"]) }
        for fake in [circle, away] {
            let insights = try insights(fake)
            await insights.add(metrics(0..<1))
            await insights.flush(timeout: .seconds(30))
            let count = fake.server.requests.count
            await insights.flush(timeout: .seconds(30))
            #expect(fake.server.requests.count == count, "nothing is left to be sent")
        }
        #expect(circle.server.requests.count == 11)
        #expect(away.server.requests.count == 1)
    }

    @Test func aServiceThatHangsHoldsUpNoCheck() async throws {
        let fake = try FakeInsights { _, _ in .hang }
        let insights = try insights(fake)
        let target = Target("db", ScriptedProbe([.healthy]))
        let telemetry = Telemetry(board: StatusBoard([target]), insights: insights)
        await running(insights) {
            for _ in 0..<500 {
                await telemetry.note(
                    CheckRecord(service: "db", result: ProbeResult(status: .healthy, message: ""), time: .now()),
                    events: [])
            }
            #expect(telemetry.counts.checks["db"]?[.healthy] == 500)
        }
    }

    /// Nothing is due for a day, and the monitor ends all the same.
    @Test func theWaitEndsWithItsTask() async throws {
        let fake = try FakeInsights { number, _ in number == 1 ? .status(503) : nil }
        let said = EventLog<String>()
        let insights = try insights(fake, log: Log { _, line in said.append(line) })
        let work = Task { await insights.run() }
        defer { work.cancel() }
        await insights.add(metrics(0..<1))
        _ = try await said.first { $0.contains("accepts telemetry again") }
        // Its turn comes once the other waits.
        await insights.add([])
        work.cancel()
        await work.value
    }

    /// An outage may take hours.
    @Test func anOutageAndItsEndAreSaidOnce() async throws {
        let fake = try FakeInsights { number, _ in number <= 2 ? .status(503) : nil }
        let said = EventLog<String>()
        let insights = try insights(fake, log: Log { _, line in said.append(line) })
        await insights.add(metrics(0..<1))
        for _ in 0..<3 { await insights.flush(timeout: .seconds(30)) }
        #expect(fake.server.requests.elements.map(Self.services) == [["0"], ["0"], ["0"]])
        #expect(said.elements.count == 2)
        #expect(said.elements.first?.hasSuffix("accepts no telemetry now; retrying later: it answered 503") == true)
        #expect(said.elements.last?.contains("accepts telemetry again; 0 items were dropped") == true)
        await insights.add(metrics(1..<2))
        await insights.flush(timeout: .seconds(30))
        #expect(fake.server.requests.count == 4)
        #expect(said.elements.count == 2, "it is well all the time")
    }

    /// The same refusal after a success is news.
    @Test func aRefusalIsSaidAgainAfterASuccess() async throws {
        let fake = try FakeInsights { number, _ in number == 2 ? nil : .status(400) }
        let said = EventLog<String>()
        let insights = try insights(fake, log: Log { _, line in said.append(line) })
        for number in 0..<3 {
            await insights.add(metrics(number..<number + 1))
            await insights.flush(timeout: .seconds(30))
        }
        #expect(fake.server.requests.count == 3)
        #expect(said.elements.filter { $0.contains("which is dropped: it answered 400") }.count == 2)
    }
}
