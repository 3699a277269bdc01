import Foundation
import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// What a check leaves on the board, and when a loop's checks end.
struct CheckLoopStatusTests {
    private func loop(
        _ targets: [Target], health: HealthMonitor? = nil, replacing earlier: CheckLoop? = nil, log: Log = .none
    ) -> CheckLoop {
        let runner = CheckRunner(tools: ProbeTools(client: HTTPClient(), pushes: PushBoard()), connectivity: nil)
        return CheckLoop(
            targets: targets, channels: [], runner: earlier.map { runner.continuing($0.runner) } ?? runner,
            board: StatusBoard(targets), restarter: nil, health: health, replacing: earlier,
            record: { _, _, _, _ in }, log: log)
    }

    /// The page says for how long a service has been as it is.
    @Test func aStatusHoldsSinceItsFirstCheck() async {
        let target = Target("web", ScriptedProbe([.healthy, .unhealthy, .unhealthy]))
        let loop = loop([target])
        await loop.check(target)
        let first = loop.board["web"]
        #expect(first?.changed != nil && first?.changed == first?.last?.time)
        await loop.check(target)
        let second = loop.board["web"]
        #expect(second?.changed == second?.last?.time)
        await loop.check(target)
        #expect(loop.board["web"]?.changed == second?.last?.time)
    }

    /// Open pages read the incidents again after an alert's step, and only then.
    @Test func anAlertIsNewsForThePage() async {
        var target = Target("web", ScriptedProbe([.healthy, .unhealthy]))
        target.rules.failureThreshold = 1
        let loop = loop([target])
        let before = loop.board.alertRevision
        await loop.check(target)
        #expect(loop.board.alertRevision == before)
        await loop.check(target)
        #expect(loop.board["web"]?.state.alert != nil)
        #expect(loop.board.alertRevision > before)
    }

    /// A pager rings until it gets the end.
    @Test func theChannelsThatKnowAnAlertGetItsEndAfterAReload() async {
        let probe = ScriptedProbe([.unhealthy, .healthy])
        func target(_ channels: [String]) -> Target {
            var target = Target("web", probe, channels: channels)
            target.rules.failureThreshold = 1
            return target
        }
        let sent = EventLog<String>()
        let loop = CheckLoop(
            targets: [target(["a"])], channels: ["a", "b", "pager"], runner: runner(),
            board: StatusBoard([target(["a"])]), restarter: nil,
            record: { _, _, events, channels in
                for event in events { sent.append("\(event.kind) to \(channels.joined(separator: " and "))") }
            }, log: .none)
        await loop.check(target(["a", "pager"]))
        await loop.check(target(["b"]))
        #expect(sent.elements == ["opened to a and pager", "resolved to a and pager"])
    }

    @Test func aMaintenanceHasItsEnd() async {
        let (begin, end) = (Date(timeIntervalSince1970: 1000), Date(timeIntervalSince1970: 4e9))
        let target = Target("web", ScriptedProbe([.healthy]), maintenance: [.once(from: begin, to: end)])
        let loop = loop([target])
        await loop.check(target)
        #expect(loop.board["web"]?.maintenanceEnd == WallTime(microseconds: 4_000_000_000_000_000))
    }

    /// Nobody would know otherwise that failures are noticed late.
    @Test func aMonitorBehindItsScheduleSaysSo() async {
        let health = HealthMonitor()
        let lines = EventLog<String>()
        let target = Target("web", ScriptedProbe([.healthy]), interval: .zero)
        var loop = loop([target], health: health, log: Log { _, line in lines.append(line) })
        let late = { health.report().reasons.filter { $0.contains("behind its schedule") } }
        await loop.check(target)
        #expect(late() == [])
        // Each probe waits for its turn, however short.
        loop.mostWait = .zero
        for _ in 1...2 { await loop.check(target) }
        #expect(late().count == 1 && late().first?.contains("checks of 1 service began up to 0 s late") == true)
        #expect(health.report().status == .degraded)
        loop.mostWait = .seconds(3600)
        for _ in 1...2 { await loop.check(target) }
        #expect(late() == [])
        #expect(lines.elements.filter { $0.contains("behind its schedule") }.count == 1)
        #expect(lines.elements.filter { $0 == "every check begins in time again" }.count == 1)
    }

    /// A fault of the machine, not of the limits.
    @Test func aStandstillIsNoLateCheck() async {
        let runner = CheckRunner(tools: ProbeTools(client: HTTPClient(), pushes: PushBoard()), connectivity: nil)
        let target = Target("web", ScriptedProbe([.healthy]))
        #expect(await runner.look(target).waited > .zero)
        let later = ContinuousClock.now.advanced(by: .seconds(86_400))
        // A tick in the future, so that every later time counts as the same standstill.
        runner.pulse.tick(at: later, .now().advanced(by: .seconds(86_400)))
        runner.pulse.tick(at: later.advanced(by: .seconds(60)), .now().advanced(by: .seconds(86_460)))
        #expect(await runner.look(target).waited == .zero)
    }

    /// Two ways to be affected: a target at a time, and the worst wait.
    @Test func affectedTargetsBeginAndEndOnce() {
        let waits = AffectedTargets<Duration>.waits()
        #expect(waits.note(nil, of: "a")?.isNews == nil)
        let first = waits.note(.seconds(18), of: "a")
        #expect(first?.isNews == true && first?.sentence?.contains("1 service began up to 18 s late") == true)
        #expect(waits.note(.seconds(18), of: "a")?.isNews == nil)
        let second = waits.note(.seconds(7), of: "b")
        #expect(second?.isNews == false && second?.sentence?.contains("2 services began up to 18 s late") == true)
        let third = waits.forget(allBut: ["b"])
        #expect(third?.isNews == false && third?.sentence?.contains("1 service began up to 7 s late") == true)
        let last = waits.note(nil, of: "b")
        #expect(last?.isNews == true && last?.sentence == nil)
        #expect(waits.forget(allBut: [])?.isNews == nil)
    }

    /// A silence that lasts wants no check out of turn, and one that is over wants one.
    @Test func theEndOfASilenceIsNoticedBetweenTwoChecks() async throws {
        let loop = loop([Target("other", ScriptedProbe([.healthy])), Target("web", ScriptedProbe([.unhealthy]))])
        await loop.runOnce()
        let last = try #require(loop.board["web"]?.last?.time.microseconds)
        func crossed(until: Int64, at time: Int64) -> [Int] {
            loop.board.update("web") { status in
                status.marks.silenced = ServiceMarks.Mark(who: "ana", when: last, until: until)
            }
            return loop.crossed(at: WallTime(microseconds: time))
        }
        #expect(crossed(until: last + 1000, at: last + 999) == [])
        #expect(crossed(until: last + 1000, at: last + 1000) == [1])
        #expect(crossed(until: last, at: last + 1000) == [], "the last check was after it")
        let new = self.loop([Target("web", ScriptedProbe([.healthy]))])
        new.board.update("web") { $0.marks.silenced = ServiceMarks.Mark(who: "ana", when: 0, until: 1) }
        #expect(new.crossed(at: .now()) == [], "its first check comes anyway")
    }

    /// Only the leader of several monitors alerts, and says so.
    @Test(arguments: [(false, 1), (true, 0)]) func onlyWhoDecidesSaysThatItAlerts(isVote: Bool, count: Int) async {
        var target = Target("web", ScriptedProbe([.unhealthy]))
        target.rules.failureThreshold = 1
        let lines = EventLog<String>()
        var loop = loop([target], log: Log { _, line in lines.append(line) })
        loop.isVote = isVote
        await loop.check(target)
        #expect(lines.elements.filter { $0 == "alert opened: web: it is unhealthy" }.count == count)
    }

    /// A fleet that wakes the loop all the time looks for such ends only now and then, but it does.
    @Test(.timeLimit(.minutes(1))) func theEndOfASilenceCausesACheck() async throws {
        let looks = EventLog<Void>()
        let often = Target("often", ScriptedProbe([.healthy]), interval: .milliseconds(20))
        let rare = Target("rare", ScriptedProbe([.healthy]) { _ in looks.append(()) }, interval: .seconds(3600))
        let loop = loop([often, rare])
        let running = Task { await loop.run() }
        try await Polling.until({ loop.board["rare"]?.last }, isMet: { $0 != nil })
        loop.board.update("rare") { status in
            guard let last = status.last?.time.microseconds else { return }
            status.marks.silenced = ServiceMarks.Mark(who: "ana", when: last, until: last + 1)
        }
        _ = try await looks.element(at: 1)
        running.cancel()
        await running.value
    }

    /// What one reload leaves alone is not left alone for good.
    @Test(.timeLimit(.minutes(1))) func theLastLoopEndsWhatAReloadKept() async throws {
        let (began, ended) = (EventLog<String>(), EventLog<Bool>())
        let hanging = ScriptedProbe([.healthy]) { _ in
            began.append("slow")
            ended.append((try? await Task.sleep(for: .seconds(3600), clock: .suspending)) == nil)
        }
        let slow = Target("slow", hanging, timeout: .seconds(3600))
        let new = Target("new", ScriptedProbe([.healthy]) { _ in began.append("new") })
        let first = loop([slow])
        var running = Task { await first.run() }
        _ = try await began.element(at: 0)
        first.keep(["slow"])
        running.cancel()
        await running.value
        #expect(ended.count == 0)
        let second = loop([slow, new], replacing: first)
        running = Task { await second.run() }
        _ = try await began.first { $0 == "new" }
        running.cancel()
        await running.value
        #expect(try await ended.element(at: 0))
    }

    private func runner() -> CheckRunner {
        CheckRunner(tools: ProbeTools(client: HTTPClient(), pushes: PushBoard()), connectivity: nil)
    }

    /// A channel shows the address of what fails, and gets the alerts of the targets that name it, or none.
    @Test func anEventHasItsAddressAndItsChannels() async {
        var targets = [
            Target("own", ScriptedProbe([.unhealthy]), channels: ["b"]),
            Target("quiet", ScriptedProbe([.healthy]), channels: []), Target("web", ScriptedProbe([.unhealthy])),
        ]
        for index in targets.indices { targets[index].rules.failureThreshold = 1 }
        let (urls, names) = (EventLog<[String?]>(), EventLog<[String]>())
        let loop = CheckLoop(
            targets: targets, channels: ["a", "b"], runner: runner(), board: StatusBoard(targets), restarter: nil,
            record: { _, _, events, channels in
                urls.append(events.map(\.url))
                names.append(channels)
            }, log: .none)
        for target in targets { await loop.check(target) }
        #expect(urls.elements == [["a script"], [], ["a script"]])
        #expect(names.elements == [["b"], [], ["a", "b"]])
    }

    /// What the checks of a removed target lacked troubles nobody any more.
    @Test(.timeLimit(.minutes(1))) func aShortageEndsWithItsTarget() async throws {
        let short = ProbeResult(status: .unknown, message: "no look", shortage: "no free descriptor (EMFILE)")
        let target = Target("web", ScriptedProbe(results: [short]), interval: .seconds(3600))
        let (health, kept) = (HealthMonitor(), EventLog<String>())
        let loop = CheckLoop(
            targets: [target], channels: [], runner: runner(), board: StatusBoard([target]), restarter: nil,
            health: health, record: { record, _, _, _ in kept.append(record.service) }, log: .none)
        let running = Task { await loop.run() }
        _ = try await kept.element(at: 0)
        #expect(health.report().status == .degraded)
        running.cancel()
        await running.value
        #expect(health.report().status == .healthy)
    }

    /// A target that a reload changes is due at once; the others keep their turns, for one loop.
    @Test func aReloadKeepsTheTurnsOfWhatStaysTheSame() {
        let (turns, now) = (Turns(), SuspendingClock.now)
        turns.keep(["same"])
        let first = turns.end(due: ["same": now, "changed": now])
        #expect(first.kept == ["same"] && first.ended.isEmpty)
        #expect(turns.takeOver() == ["same": now])
        #expect(turns.end(due: ["same": now]).kept == [])
        #expect(turns.takeOver() == [:])
    }

    /// By the names of the targets: the words must not change with each check.
    @Test func ofSeveralShortagesTheFirstIsNamed() {
        let shortages = AffectedTargets<String>.shortages()
        _ = shortages.note("no port", of: "web")
        let both = shortages.note("no memory", of: "db")
        #expect(both?.isNews == false)
        #expect(both?.sentence?.hasSuffix("cannot check 2 services: no memory") == true)
    }

    /// Somebody is at work on it.
    @Test func nothingIsRestartedInMaintenance() async throws {
        let (folder, jobs) = (try TemporaryDirectory(), EventLog<[String]>())
        let restarter = Restarter(
            folder: folder.path, mode: .leavesIt, backoff: Backoff(initial: .zero, maximum: .seconds(300)), log: .none
        ) { job in
            jobs.append(job.words)
            return .init(succeeded: true, words: "done")
        }
        func target(_ maintenance: [MaintenanceWindow]) -> Target {
            var target = Target("bot", ScriptedProbe([.unhealthy]), maintenance: maintenance, restart: ["a"])
            target.rules.failureThreshold = 1
            return target
        }
        let loop = CheckLoop(
            targets: [target([])], channels: [], runner: runner(), board: StatusBoard([target([])]),
            restarter: restarter, record: { _, _, _, _ in }, log: .none)
        await loop.check(target([]))
        #expect(jobs.count == 1)
        for _ in 1...3 { await loop.check(target([.weekly(days: Set(1...7), from: 0, to: 24 * 60)])) }
        #expect(jobs.count == 1)
        await loop.check(target([]))
        #expect(jobs.count == 2)
        withExtendedLifetime(folder) {}
    }
}
