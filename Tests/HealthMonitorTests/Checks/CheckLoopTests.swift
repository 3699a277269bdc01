import Foundation
import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveHealthMonitor

struct CheckLoopTests {
    /// The loop's records: each event's kind and message, in order.
    private final class Recorded: Sendable {
        let events = Mutex<[String]>([])
        let records = Mutex<[CheckRecord]>([])

        var words: [String] { events.withLock { $0 } }
    }

    private func loop(
        _ targets: [Target], _ recorded: Recorded, restarter: Restarter? = nil, health: HealthMonitor? = nil,
        board: StatusBoard? = nil, replacing earlier: CheckLoop? = nil, log: Log = .none
    ) -> CheckLoop {
        let runner = CheckRunner(tools: ProbeTools(client: HTTPClient(), pushes: PushBoard()), connectivity: nil)
        return CheckLoop(
            targets: targets, channels: [], runner: earlier.map { runner.continuing($0.runner) } ?? runner,
            board: board ?? StatusBoard(targets), restarter: restarter, health: health, replacing: earlier,
            record: { record, _, events, _ in
                recorded.records.withLock { $0.append(record) }
                recorded.events.withLock { $0 += events.map { "\($0.service) \($0.kind): \($0.message)" } }
            }, log: log)
    }

    /// A log callback that reads the board must not deadlock.
    @Test func nothingIsLoggedInsideTheBoardsLock() async {
        let target = Target("web", ScriptedProbe([.unhealthy]))
        let board = StatusBoard([target])
        let seen = Mutex<[ProbeStatus?]>([])
        let log = Log { _, _ in seen.withLock { $0.append(board["web"]?.last?.result.status) } }
        await loop([target], Recorded(), board: board, log: log).check(target)
        #expect(seen.withLock { $0 } == [.unhealthy])
    }

    @Test func threeFailuresAreOneAlertAndOneRecovery() async {
        let recorded = Recorded()
        let probe = ScriptedProbe([.unhealthy, .unhealthy, .unhealthy, .unhealthy, .healthy])
        let target = Target("web", probe)
        let loop = loop([target], recorded)
        for _ in 1...6 { await loop.check(target) }
        #expect(recorded.words == ["web opened: it is unhealthy", "web resolved: recovered after 4 failed checks"])
        #expect(recorded.records.withLock { $0.count } == 6)
        #expect(loop.board["web"]?.state.status == .healthy)
    }

    @Test func whoseDependencyIsDownIsNotBlamed() async {
        let recorded = Recorded()
        let database = Target("database", ScriptedProbe([.unhealthy]))
        let web = Target("web", ScriptedProbe([.unhealthy]), dependsOn: ["database"])
        let page = Target("page", ScriptedProbe([.unhealthy]), dependsOn: ["web"])
        let loop = loop([database, web, page], recorded)
        // The database is checked, although its own turn has not come.
        for _ in 1...3 {
            await loop.check(web)
            await loop.check(page)
        }
        #expect(recorded.words == [])
        #expect(loop.board["page"]?.silence == .dependency("web"))
        for _ in 1...3 { await loop.check(database) }
        #expect(recorded.words == ["database opened: it is unhealthy"])
    }

    /// Ten services that depend on a slow but healthy disk each send their alert; the disk sends none.
    @Test func aSlowDependencySilencesNobody() async {
        let recorded = Recorded()
        let disk = Target("disk", ExclusiveProbe())
        let services = (0..<10).map { Target("web\($0)", ScriptedProbe([.unhealthy]), dependsOn: ["disk"]) }
        let loop = loop([disk] + services, recorded)
        for _ in 1...3 { await loop.runOnce() }
        #expect(recorded.words.sorted() == services.map { "\($0.name) opened: it is unhealthy" }.sorted())
    }

    /// A dependency that is being checked postpones the alert until its result.
    @Test func aDependencyThatIsLookedAtPostpones() async throws {
        let recorded = Recorded()
        let (looks, gate) = (EventLog<Void>(), EventLog<Void>())
        let probe = ScriptedProbe([.healthy]) { _ in
            looks.append(())
            _ = try? await gate.element(at: 0)
        }
        let database = Target("database", probe)
        var web = Target("web", ScriptedProbe([.unhealthy]), dependsOn: ["database"])
        web.rules.failureThreshold = 1
        let loop = loop([database, web], recorded)
        async let check: Void = loop.check(web)
        _ = try await looks.element(at: 0)
        #expect(recorded.words == [])
        gate.append(())
        await check
        #expect(recorded.words == ["web opened: it is unhealthy"])
    }

    /// A dependency that was down before, or is unknown, explains nothing.
    @Test(arguments: [[.unhealthy, .healthy], [.unknown], [.degraded]] as [[ProbeStatus]])
    func aDependencyThatIsNotDownExplainsNothing(found: [ProbeStatus]) async {
        let recorded = Recorded()
        let database = Target("database", ScriptedProbe(found))
        let web = Target("web", ScriptedProbe([.unhealthy]), dependsOn: ["database"])
        let loop = loop([database, web], recorded)
        await loop.check(database)
        for _ in 1...3 { await loop.check(web) }
        #expect(recorded.words == ["web opened: it is unhealthy"])
    }

    /// One failed probe that its own check's retry revokes must not permanently explain another failure.
    @Test func aDependencyIsDownOnceItsRetriesHaveFailed() async {
        let recorded = Recorded()
        let flaky = ScriptedProbe([.unhealthy, .healthy, .unhealthy, .healthy, .unhealthy, .healthy])
        let database = Target("database", flaky, retries: [.zero])
        let web = Target("web", ScriptedProbe([.unhealthy]), dependsOn: ["database"])
        let loop = loop([database, web], recorded)
        for _ in 1...3 { await loop.check(web) }
        #expect(recorded.words == ["web opened: it is unhealthy"])
    }

    @Test func aShortageOfOurOwnIsReportedUntilItIsOver() async {
        let (recorded, lines) = (Recorded(), EventLog<String>())
        let health = HealthMonitor()
        let short = ProbeResult(status: .unknown, message: "no look", shortage: "no free file descriptor (EMFILE)")
        let web = Target("web", ScriptedProbe(results: [short, short, ProbeResult(status: .healthy, message: "")]))
        let other = Target("other", ScriptedProbe([.healthy]))
        let log = Log { _, line in
            if line.hasPrefix("this monitor ") { lines.append(line) }
        }
        let loop = loop([web, other], recorded, health: health, log: log)
        for _ in 1...2 {
            await loop.check(web)
            await loop.check(other)
            #expect(health.report().status == .degraded)
        }
        let words = "this monitor cannot check 1 service: no free file descriptor (EMFILE)"
        #expect(health.report().reasons.contains { $0.contains(words) })
        #expect(lines.elements == ["\(words); raise LimitNOFILE= (ulimit -n)"])
        #expect(recorded.words == [])
        await loop.check(web)
        #expect(health.report().status == .healthy)
        #expect(lines.elements.last == "this monitor has what its checks need again; every check runs")
    }

    @Test func maintenanceSilences() async {
        let recorded = Recorded()
        let always = MaintenanceWindow.weekly(days: Set(1...7), from: 0, to: 24 * 60)
        let target = Target("web", ScriptedProbe([.unhealthy]), maintenance: [always])
        let loop = loop([target], recorded)
        for _ in 1...4 { await loop.check(target) }
        #expect(recorded.words == [])
        #expect(loop.board["web"]?.silence == .maintenance)
        #expect(recorded.records.withLock { $0.map(\.result.status) } == Array(repeating: .maintenance, count: 4))
    }

    /// How fast it is meanwhile says nothing.
    @Test func maintenanceHasNoResponseTime() {
        let found = ProbeResult(status: .degraded, message: "slow", responseTime: .seconds(7))
        #expect(
            ProbeResult(inMaintenance: found)
                == ProbeResult(status: .maintenance, message: "the check found it degraded: slow"))
    }

    /// The loop notices a window's beginning and end before the next check.
    @Test func aWindowIsNoticedBetweenTwoChecks() async {
        let (begin, end) = (Date(timeIntervalSince1970: 1000), Date(timeIntervalSince1970: 4e9))
        func crossed(_ window: MaintenanceWindow, at second: Int64) async -> [Int] {
            let target = Target("web", ScriptedProbe([.healthy]), maintenance: [window])
            let loop = loop([Target("other", ScriptedProbe([.healthy])), target], Recorded())
            #expect(loop.crossed(at: WallTime(microseconds: second * 1_000_000)) == [], "never checked")
            await loop.runOnce()
            return loop.crossed(at: WallTime(microseconds: second * 1_000_000))
        }
        // Checked within the window, which continues or is over; and before it.
        #expect(await crossed(.once(from: begin, to: end), at: 3_999_999_999) == [])
        #expect(await crossed(.once(from: begin, to: end), at: 4_000_000_000) == [1])
        #expect(await crossed(.once(from: end, to: .distantFuture), at: 4_000_000_000) == [1])
        #expect(await crossed(.once(from: end, to: .distantFuture), at: 3_999_999_999) == [])
    }

    /// A channel with `after` waits for the newest message.
    @Test func anAcknowledgementThatIsTakenBackIsNoticedBetweenTwoChecks() async {
        let loop = loop(
            [Target("other", ScriptedProbe([.healthy])), Target("web", ScriptedProbe([.unhealthy]))], Recorded())
        for _ in 1...3 { await loop.runOnce() }
        func say(_ change: ServiceMarks.Change) {
            let now = WallTime.now().microseconds + 1
            _ = loop.board.update("web") { status in
                status.marks.apply(change, to: "web", by: "ana", at: now, alert: status.state.alert?.openedAt)
            }
        }
        say(.acknowledge(note: nil))
        #expect(loop.crossed(at: .now()) == [])
        say(.unacknowledge)
        #expect(loop.crossed(at: .now()) == [1])
        await loop.runOnce()
        #expect(loop.crossed(at: .now()) == [])
    }

    /// Healthy services are in maintenance too, and a recovery in a window counts.
    @Test func whatRecoversInMaintenanceIsResolved() async {
        let recorded = Recorded()
        let always = MaintenanceWindow.weekly(days: Set(1...7), from: 0, to: 24 * 60)
        let probe = ScriptedProbe([.unhealthy, .unhealthy, .unhealthy, .healthy])
        let before = Target("web", probe)
        let loop = loop([before], recorded)
        for _ in 1...3 { await loop.check(before) }
        await loop.check(Target("web", probe, maintenance: [always]))
        #expect(recorded.words == ["web opened: it is unhealthy", "web resolved: recovered after 3 failed checks"])
        #expect(loop.board["web"]?.last?.result.status == .maintenance)
        #expect(loop.board["web"]?.last?.result.message == "the check found it healthy: it is healthy")
        let report = OnceReport(services: loop.board.all, time: .now())
        #expect(report.exitCode == 0)
        #expect(report.text == "maintenance  web  the check found it healthy: it is healthy\n1 service: maintenance\n")
    }

    /// A reload ends only what has changed: a running check of another target brings its result, and its next turn comes
    /// as planned.
    @Test func aReloadLeavesTheTurnsOfOthersAlone() async throws {
        let recorded = Recorded()
        let (looks, gate) = (EventLog<String>(), EventLog<Void>())
        func probe(_ name: String, _ status: ProbeStatus, waits: Bool = false) -> ScriptedProbe {
            ScriptedProbe([status]) { _ in
                looks.append(name)
                if waits { _ = try? await gate.element(at: 0) }
            }
        }
        let hourly = Target("hourly", probe("hourly", .healthy), interval: .seconds(3600))
        // However long the reloads below take on a busy machine.
        let day = Duration.seconds(86_400)
        var slow = Target("slow", probe("slow", .unhealthy, waits: true), interval: .seconds(3600), timeout: day)
        slow.rules.failureThreshold = 1
        let gone = Target("gone", probe("gone", .unhealthy, waits: true), interval: .seconds(3600), timeout: day)
        let board = StatusBoard([hourly, slow, gone])
        var loop = loop([hourly, slow, gone], recorded, board: board)
        var running = Task { [loop] in await loop.run() }
        for number in 0..<3 { _ = try await looks.element(at: number) }
        try await Polling.until({ recorded.records.withLock { $0.count } }, isMet: { $0 == 1 })
        // As often as containers come and go.
        for number in 1...5 {
            loop.keep(["hourly", "slow"])
            running.cancel()
            await running.value
            let new = Target("new \(number)", probe("new \(number)", .healthy), interval: .seconds(3600))
            board.watch([new, slow, hourly])
            loop = self.loop([new, slow, hourly], recorded, board: board, replacing: loop)
            running = Task { [loop] in await loop.run() }
            #expect(try await looks.element(at: 2 + number) == "new \(number)")
        }
        gate.append(())
        try await Polling.until({ recorded.words }, isMet: { $0 == ["slow opened: it is unhealthy"] })
        running.cancel()
        await running.value
        #expect(looks.elements.filter { !$0.hasPrefix("new") }.sorted() == ["gone", "hourly", "slow"])
        #expect(recorded.records.withLock { $0.map(\.service) }.filter { $0 == "gone" } == [])
    }

    /// The last loop ends everything.
    @Test func withoutAReloadEveryCheckEnds() async throws {
        let looks = EventLog<Void>()
        let probe = ScriptedProbe([.healthy]) { _ in
            looks.append(())
            try? await Task.sleep(for: .seconds(3600), clock: .suspending)
        }
        let recorded = Recorded()
        let loop = loop([Target("web", probe, timeout: .seconds(3600))], recorded)
        let running = Task { await loop.run() }
        _ = try await looks.element(at: 0)
        running.cancel()
        await running.value
        #expect(recorded.records.withLock { $0.isEmpty })
    }

    @Test func itIsRestartedOnceItIsDownAndNotBefore() async throws {
        let folder = try TemporaryDirectory()
        let commands = EventLog<[String]>()
        let restarter = Restarter(
            folder: folder.path, backoff: Backoff(initial: .milliseconds(50), maximum: .seconds(300)), log: .none
        ) { command in
            commands.append(command.words)
            return .init(succeeded: true, words: "done")
        }
        let target = Target("bot", ScriptedProbe([.unhealthy]), restart: ["restart", "it"])
        let loop = loop([target], Recorded(), restarter: restarter)
        for _ in 1...2 { await loop.check(target) }
        #expect(commands.elements == [])
        #expect(!FileManager.default.fileExists(atPath: folder.file("restart_backoff.json").path))
        // Without another check.
        await loop.check(target)
        #expect(try await commands.element(at: 0) == ["restart", "it"])
        await restarter.stop()
    }
}
