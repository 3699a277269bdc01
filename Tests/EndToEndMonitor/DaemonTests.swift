import Foundation
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

/// The daemon from start to end: each alert once, whatever happens to the daemon.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct DaemonTests {
    @Test func anOutageIsToldOnceAcrossAKill() async throws {
        let web = try HTTPListener(status: 503)
        let hook = try Webhook()
        let configuration = MonitorProcess.configuration(
            targets: [MonitorProcess.http("web", web, "critical: true")], channels: [hook.channel])
        let first = try MonitorProcess(configuration)
        let opened = try await hook.event(1)
        #expect(opened["event"] == "opened")
        #expect(opened["severity"] == "critical")
        #expect(opened["failed_checks"] == 3)
        try await first.service("web") { ($0["consecutive_failures"]?.integer ?? 0) >= 5 }
        // Wait until the webhook's event is marked as delivered; otherwise it would rightly be resent.
        let isNoted = "keepalive_monitor_outbox_events{channel=\"webhook\"} 0\n"
        try await Polling.until({ try await first.ask("GET", "/metrics").text }, isMet: { $0.contains(isNoted) })
        #expect(await first.stop(SIGKILL) == .signaled(SIGKILL))

        let second = try MonitorProcess(configuration, in: first.folder)
        try await second.service("web") { ($0["consecutive_failures"]?.integer ?? 0) >= 8 }
        #expect(hook.events == ["opened web"])
        web.answer(with: 200)
        let resolved = try await hook.event(2)
        #expect(resolved["event"] == "resolved")
        #expect(resolved["alert_id"] == opened["alert_id"])
        try await second.service("web") { $0["status"] == "healthy" && $0["alert"] == .null }
        #expect(await second.stop() == .exited(0))

        let third = try MonitorProcess(configuration, in: first.folder)
        try await third.service("web") { $0["status"] == "healthy" }
        #expect(try await third.alerts(count: 1).first?["status"] == "resolved")
        #expect(await third.stop() == .exited(0))
        #expect(hook.events == ["opened web", "resolved web"])
    }

    /// A channel that fails every second time, with a daemon that is killed repeatedly.
    @Test func killsLoseNoAlert() async throws {
        let taken = EventLog<String>()
        let count = Counter()
        let isWell = EventLog<Void>()
        let server = try PeerServer { request in
            if count.next() % 2 == 0, isWell.count == 0 { return .status(500) }
            taken.append(Webhook.words(request.json))
            return .status(200)
        }
        let services = try (0..<6).map { _ in try HTTPListener(status: 503) }
        let configuration = MonitorProcess.configuration(
            targets: services.enumerated().map { MonitorProcess.http("s\($0)", $1, "failureThreshold: 1") },
            channels: ["{ type: \"webhook\", url: \"\(server.url)\" }"])
        let folder = try TemporaryDirectory()
        for round in 1...8 {
            let daemon = try MonitorProcess(configuration, in: folder)
            // At any moment: after the first, second, … request of this run.
            _ = try? await server.waitForRequest(server.requests.count + 1 + round % 3, within: .seconds(3))
            #expect(await daemon.stop(SIGKILL) == .signaled(SIGKILL))
        }
        isWell.append(())
        let last = try MonitorProcess(configuration, in: folder)
        func waitForAll(_ word: String) async throws {
            let expected = Set((0..<6).map { "\(word) s\($0)" })
            try await Polling.until(
                within: .seconds(150), { Set(taken.elements) }, isMet: { expected.isSubset(of: $0) })
        }
        // On a busy machine every run may have ended before it found the last service down.
        try await waitForAll("opened")
        for service in services { service.answer(with: 200) }
        try await waitForAll("resolved")
        #expect(await last.stop() == .exited(0))
        // Per service in order: no recovery is sent before its outage.
        for index in 0..<6 {
            let own = taken.elements.filter { $0.hasSuffix(" s\(index)") }
            #expect(own.first == "opened s\(index)" && own.last == "resolved s\(index)")
        }
    }

    /// An event that a peer has accepted must not be resent because the monitor was asked to end meanwhile.
    @Test func anAlertThatIsUnderWayIsFinished() async throws {
        let web = try HTTPListener(status: 503)
        let mayAnswer = DispatchSemaphore(value: 0)
        let arrived = EventLog<Void>()
        let hook = try Webhook { _ in
            arrived.append(())
            mayAnswer.wait()
            return .status(200)
        }
        let daemon = try MonitorProcess(
            MonitorProcess.configuration(targets: [MonitorProcess.http("web", web)], channels: [hook.channel]))
        _ = try await arrived.element(at: 0)
        daemon.child.signal(SIGTERM)
        try await daemon.child.waitForLine(containing: "stopping as requested")
        mayAnswer.signal()
        #expect(await daemon.child.wait() == .exited(0))
        let rows = try Database(path: daemon.database, readOnly: true).query("SELECT key FROM alert_outbox")
        #expect(rows.isEmpty)
    }

    @Test func aTargetThatIsTakenOutIsSettled() async throws {
        let web = try HTTPListener(status: 503)
        let other = try HTTPListener()
        let hook = try Webhook()
        func configuration(_ targets: [String]) -> String {
            MonitorProcess.configuration(targets: targets, channels: [hook.channel])
        }
        let first = try MonitorProcess(
            configuration([MonitorProcess.http("web", web), MonitorProcess.http("other", other)]))
        let opened = try await hook.event(1)
        #expect(await first.stop() == .exited(0))

        let second = try MonitorProcess(configuration([MonitorProcess.http("other", other)]), in: first.folder)
        try await second.child.waitForLine(containing: "web is no longer watched")
        let ended = try await hook.event(2)
        #expect(ended["event"] == "removed")
        #expect(ended["status"] == "resolved")
        #expect(ended["alert_id"] == opened["alert_id"])
        #expect(try await second.alerts("?status=resolved", count: 1).first?["service_name"] == "web")
        #expect(await second.stop() == .exited(0))

        // It is sent once, and starts fresh when the service is monitored again.
        let third = try MonitorProcess(
            configuration([MonitorProcess.http("web", web), MonitorProcess.http("other", other)]), in: first.folder)
        #expect(Webhook.words(try await hook.event(3)) == "opened web")
        #expect(await third.stop() == .exited(0))
    }

    @Test func aDamagedDatabaseIsSetAside() async throws {
        let web = try HTTPListener()
        let folder = try TemporaryDirectory()
        let earlier = try MonitorProcess(
            MonitorProcess.configuration(targets: [MonitorProcess.http("web", web)]), in: folder)
        try await earlier.service("web") { $0["status"] == "healthy" }
        #expect(await earlier.stop() == .exited(0))
        // The first page identifies the file; the rest is no longer readable.
        let file = try FileHandle(forWritingTo: folder.file("health.db"))
        try file.seek(toOffset: 4096)
        try file.write(contentsOf: Data(repeating: 0xAA, count: 65_536))
        try file.close()
        let daemon = try MonitorProcess(
            MonitorProcess.configuration(targets: [MonitorProcess.http("web", web)]), in: folder)
        try await daemon.child.waitForLine(containing: "the history is damaged")
        try await daemon.service("web") { $0["status"] == "healthy" }
        try await Polling.until(
            { try await daemon.ask("GET", "/api/health/history?service=web").json()["checks"]?.array?.count ?? 0 },
            isMet: { $0 > 0 })
        #expect(await daemon.stop() == .exited(0))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files.contains { $0.hasPrefix("health.db.damaged-") })
    }

    @Test func whoCallsInIsHealthy() async throws {
        let daemon = try MonitorProcess(
            MonitorProcess.configuration(
                targets: ["{ name: \"cron\", type: \"push\", token: \"cron-push-token\", maxSilence: 2 }"]))
        try await daemon.service("cron") { $0["status"] == "unhealthy" }
        // It calls until the monitor notices, because each call counts for only 2 s.
        try await Polling.until(
            {
                #expect(try await daemon.ask("POST", "/api/push/cron-push-token", key: nil).status == 200)
                return try await daemon.ask("GET", "/api/health/status").json()["services"]?[0]?["status"]?.string
            }, isMet: { $0 == "healthy" })
        #expect(try await daemon.ask("POST", "/api/push/another-token", key: nil).status == 404)
        #expect(await daemon.stop() == .exited(0))
    }

    // MARK: Start and end

    @Test func hungProbesDoNotHoldUpTheEnd() async throws {
        let tarpit = try PeerServer { _ in .hang }
        let targets = (0..<20).map {
            "{ name: \"t\($0)\", type: \"http\", url: \"\(tarpit.url)\", timeout: 300, failureThreshold: 1 }"
        }
        // A slow restart command is not waited for either.
        let stuck =
            "{ name: \"d\", type: \"heartbeat\", path: \"none\", failureThreshold: 1, restart: [\"sleep\", \"1000\"] }"
        let daemon = try MonitorProcess(MonitorProcess.configuration(targets: targets + [stuck]))
        _ = try await tarpit.waitForRequest(20)
        try await daemon.child.waitForLine(containing: "restarting d")
        daemon.child.signal(SIGTERM)
        // The sleeping command keeps our output open; only the daemon's own end counts.
        #expect(await Processes.end(of: daemon.child.processID))
        daemon.child.signalGroup(SIGKILL)
    }

    @Test func itsEndLeavesOneFile() async throws {
        let web = try HTTPListener()
        let daemon = try MonitorProcess(MonitorProcess.configuration(targets: [MonitorProcess.http("web", web)]))
        try await daemon.service("web")
        // The API's reader has the file open too.
        #expect(try await daemon.ask("GET", "/api/health/summary").status == 200)
        #expect(await daemon.stop() == .exited(0))
        let files = try FileManager.default.contentsOfDirectory(atPath: daemon.folder.path).sorted()
        #expect(files == ["health.db", "health.db-reserve", "health.db.lock", "monitor.json5"])
        let rows = try Database(path: daemon.database, readOnly: true)
            .query("SELECT count(*) FROM service_health_checks")
        #expect((rows.first?[0]?.integerValue ?? 0) > 0)
    }

    @Test func twoOnOneDatabaseAreRefused() async throws {
        let configuration = MonitorProcess.configuration(targets: ["{ name: \"disk\", type: \"disk\", path: \"/\" }"])
        let first = try MonitorProcess(configuration)
        _ = try await first.port()
        let (status, output) = try await MonitorProcess(configuration, in: first.folder).end()
        #expect(status == .exited(78))
        #expect(output.contains("another health-monitor uses the database health.db"))
        #expect(await first.stop() == .exited(0))
    }

    @Test func aTakenPortNamesTheKeyToChange() async throws {
        let listener = try HTTPListener()
        let (status, output) = try await MonitorProcess(
            "{ api: { port: \(listener.port) }, targets: [] }"
        ).end()
        #expect(status == .exited(78))
        #expect(output.contains("\(listener.port)") && output.contains("api.port"), "\(output)")
        #expect(!output.contains("set PORT"))
        let other = try await MonitorProcess("{ api: { port: 0, host: \"192.0.2.1\" }, targets: [] }").end()
        #expect(other.status == .exited(78))
        #expect(other.output.contains("api.host"), "\(other.output)")
    }

    @Test func theServiceManagerIsTold() async throws {
        let manager = try ManagerSocket(in: TemporaryDirectory())
        let daemon = try MonitorProcess(
            MonitorProcess.configuration(targets: ["{ name: \"disk\", type: \"disk\", path: \"/\" }"]),
            environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "300000"])
        try await manager.wait(for: "READY=1")
        try await manager.wait(for: "STATUS=watching 1 target")
        try await manager.wait(for: "WATCHDOG=1", occurrence: 3)
        #expect(await daemon.stop() == .exited(0))
        try await manager.wait(for: "STOPPING=1")
    }

    /// The manager would kill the monitor for missing its watchdog, with no hint at the cause.
    @Test func aServiceManagerThatCannotBeReachedIsNamed() async throws {
        let folder = try TemporaryDirectory()
        let daemon = try MonitorProcess(
            "{ api: { port: 0 }, targets: [] }",
            environment: ["NOTIFY_SOCKET": folder.file("nobody").path, "WATCHDOG_USEC": "-5"])
        _ = try await daemon.child.waitForLine(containing: "WATCHDOG_USEC=\"-5\" has no effect")
        _ = try await daemon.child.waitForLine(containing: "NOTIFY_SOCKET cannot be reached")
        _ = try await daemon.port()
        #expect(await daemon.stop() == .exited(0))
    }
}

/// Counts from 1; callable from any thread.
final class Counter: Sendable {
    private let log = EventLog<Void>()

    func next() -> Int {
        log.append(())
        return log.count
    }
}
