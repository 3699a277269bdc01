import Foundation
import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// What a check leaves on the board, and when a loop's checks end.
struct CheckLoopStatusTests {
    private func loop(_ targets: [Target], replacing earlier: CheckLoop? = nil) -> CheckLoop {
        let runner = CheckRunner(tools: ProbeTools(client: HTTPClient(), pushes: PushBoard()), connectivity: nil)
        return CheckLoop(
            targets: targets, channels: [], runner: earlier.map { runner.continuing($0.runner) } ?? runner,
            board: StatusBoard(targets), restarter: nil, replacing: earlier, record: { _, _, _, _ in }, log: .none)
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

    @Test func aMaintenanceHasItsEnd() async {
        let (begin, end) = (Date(timeIntervalSince1970: 1000), Date(timeIntervalSince1970: 4e9))
        let target = Target("web", ScriptedProbe([.healthy]), maintenance: [.once(from: begin, to: end)])
        let loop = loop([target])
        await loop.check(target)
        #expect(loop.board["web"]?.maintenanceEnd == WallTime(microseconds: 4_000_000_000_000_000))
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
}
