import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveHealthMonitor

struct CheckRunnerTests {
    private let tools = ProbeTools(client: HTTPClient(), pushes: PushBoard())

    private func runner(isConnected: Bool? = nil) -> CheckRunner {
        CheckRunner(
            tools: tools,
            connectivity: isConnected.map { connected in ConnectivityGuard(address: "192.0.2.1:53") { connected } })
    }

    @Test(
        arguments: [
            ([.healthy], .healthy, 1),
            ([.degraded], .degraded, 1),
            ([.unknown], .unknown, 1),
            ([.unhealthy, .healthy], .healthy, 2),
            ([.unhealthy, .unhealthy, .unhealthy, .healthy], .healthy, 4),
            ([.unhealthy], .unhealthy, 4),
        ] as [([ProbeStatus], ProbeStatus, Int)])
    func aFailedProbeIsTriedAgain(script: [ProbeStatus], status: ProbeStatus, looks: Int) async {
        let probe = ScriptedProbe(script)
        let target = Target("service", probe, retries: [.zero, .zero, .zero])
        #expect(await runner().check(target).status == status)
        #expect(probe.looks == looks)
    }

    @Test func whileWeAreCutOffNobodyIsBlamed() async {
        let result = await runner(isConnected: false).check(Target("web", ScriptedProbe([.unhealthy])))
        #expect(result.status == .unknown)
        #expect(result.message == "this monitor has no network (192.0.2.1:53 cannot be reached): it is unhealthy")
        #expect(await runner(isConnected: true).check(Target("web", ScriptedProbe([.unhealthy]))).status == .unhealthy)
        #expect(await runner(isConnected: false).check(Target("web", ScriptedProbe([.healthy]))).status == .healthy)
    }

    /// Without an answer nothing excuses the service.
    @Test func aLookAtTheNetworkThatNeverEndsIsLeftBehind() async {
        let connectivity = ConnectivityGuard(address: "192.0.2.1:53", lookLimit: .zero) { [tools] in
            await HangingProbe().run(with: tools, timeout: .zero).status == .healthy
        }
        let runner = CheckRunner(tools: tools, connectivity: connectivity)
        #expect(await runner.check(Target("web", ScriptedProbe([.unhealthy]))).status == .unhealthy)
    }

    /// A working network before the failed probe proves nothing.
    @Test func aNetworkThatWorkedBeforeIsNoProof() async {
        let answers = Mutex([true, false])
        let connectivity = ConnectivityGuard(address: "192.0.2.1:53") {
            answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        }
        let runner = CheckRunner(tools: tools, connectivity: connectivity)
        let target = Target("web", ScriptedProbe([.unhealthy]))
        #expect(await runner.check(target).status == .unhealthy)
        #expect(await runner.check(target).status == .unknown)
    }

    /// Callers that wait for another's probe do not block that one's turn.
    @Test func manyWhoFailAtOnceShareOneLookAtTheNetwork() async throws {
        let looks = Mutex(0)
        let gate = EventLog<Void>()
        let connectivity = ConnectivityGuard(address: "192.0.2.1:53") {
            looks.withLock { $0 += 1 }
            _ = try? await gate.element(at: 0)
            return true
        }
        let runner = CheckRunner(tools: tools, connectivity: connectivity)
        let probes = (0..<8).map { _ in ScriptedProbe([.unhealthy]) }
        let found = try await SafetyTimeout.run(.seconds(60)) {
            await withTaskGroup(of: ProbeStatus.self) { group in
                for (index, probe) in probes.enumerated() {
                    group.addTask { await runner.check(Target("web\(index)", probe)).status }
                }
                while !probes.allSatisfy({ $0.looks == 1 }) { await Task.yield() }
                gate.append(())
                return await group.reduce(into: []) { $0.append($1) }
            }
        } otherwise: {
            "\(looks.withLock { $0 }) looks at the network"
        }
        #expect(found == Array(repeating: .unhealthy, count: 8))
        #expect(looks.withLock { $0 } <= 2)
    }

    /// Two concurrent probes of a slow disk would disturb each other.
    @Test func oneLookAtATargetAtATime() async {
        let probe = ExclusiveProbe()
        let target = Target("disk", probe, timeout: .seconds(300))
        let runner = runner()
        let found = await withTaskGroup(of: ProbeStatus.self) { group in
            for _ in 0..<10 {
                group.addTask { await runner.check(target).status }
                group.addTask { await runner.look(target).result.status }
            }
            return await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(found == [.healthy])
    }

    /// A monitor that was stopped repeats the probe, without counting a retry; it ignores the first result.
    @Test func whatFailsWhileTheMonitorStandsStillIsLookedAtAgain() async {
        let runner = runner()
        runner.pulse.tick()
        let probe = ScriptedProbe([.unhealthy, .healthy]) { look in
            if look == 1 { runner.pulse.tick(at: .now.advanced(by: .seconds(10))) }
        }
        #expect(await runner.check(Target("web", probe)).status == .healthy)
        #expect(probe.looks == 2)
        let restless = ScriptedProbe([.unhealthy]) { look in
            runner.pulse.tick(at: .now.advanced(by: .seconds(100 * look)))
        }
        let result = await runner.check(Target("other", restless))
        #expect(result == ProbeResult(status: .unknown, message: "this monitor was suspended during the check"))
    }

    /// A missing resource may be available a second later.
    @Test func aShortageIsTriedAgain() async {
        let short = ProbeResult(status: .unknown, message: "no look", shortage: "no free descriptor")
        let probe = ScriptedProbe(results: [short, ProbeResult(status: .healthy, message: "")])
        #expect(await runner().check(Target("web", probe, retries: [.zero])).status == .healthy)
    }

    @Test func soManyProbesAtATime() async {
        var runner = runner()
        runner.slots = ProbeSlots(3)
        let now = Mutex(0)
        let most = Mutex(0)
        let targets = (0..<20).map { index in
            let probe = ScriptedProbe([.healthy]) { _ in
                let count = now.withLock { now in
                    now += 1
                    return now
                }
                most.withLock { $0 = max($0, count) }
                for _ in 0..<5 { await Task.yield() }
                now.withLock { $0 -= 1 }
            }
            return Target("web\(index)", probe)
        }
        await withDiscardingTaskGroup { [runner] group in
            for target in targets { group.addTask { #expect(await runner.check(target).status == .healthy) } }
        }
        #expect(most.withLock { $0 } <= 3)
    }

    /// Also on a machine with too few descriptors; whoever gives a slot back leaves it to the next.
    @Test func aSlotIsTakenAgain() async {
        let slots = ProbeSlots(0)
        let taken = EventLog<Int>()
        for number in 1...3 {
            await slots.take()
            taken.append(number)
            slots.giveBack()
        }
        #expect(taken.count == 3)
    }

    /// Its last call stays what it is: another look would only delay the alert.
    @Test func aPushServiceIsLookedAtOnce() async {
        let probe = CalledProbe()
        let target = Target("job", probe, retries: [.zero, .zero])
        #expect(await runner().check(target).status == .unhealthy)
        #expect(probe.script.looks == 1)
    }

    @Test(arguments: [(16, 1, 1), (64, 1, 4), (256, 26, 16), (1024, 138, 64)])
    func someDescriptorsStayFree(limit: Int, probes: Int, idle: Int) {
        let budget = DescriptorBudget(limit: limit)
        #expect([budget.probes, budget.idleConnections] == [probes, idle])
    }

    @Test func whatIsOnThisMachineNeedsNoNetwork() async {
        let target = Target("web", ScriptedProbe([.unhealthy], isLocal: true))
        #expect(await runner(isConnected: false).check(target).status == .unhealthy)
    }

    @Test func aProbeThatNeverEndsIsLeftBehind() async {
        let target = Target("stuck", HangingProbe(), timeout: .milliseconds(1))
        let result = await runner().check(target)
        #expect(result == ProbeResult(status: .unhealthy, message: "no answer within 1.001 s"))
    }

    /// A failure during a standstill is looked at again, three times in all.
    @Test(arguments: [(2, ProbeStatus.unhealthy), (3, .unknown)])
    func aStandstillIsLookedThrough(standstills: Int, status: ProbeStatus) async {
        var runner = runner()
        let pulse = Pulse()
        runner.pulse = pulse
        // In the future, so that a slow machine adds no standstill of its own.
        let start = ContinuousClock.now.advanced(by: .seconds(86_400))
        pulse.tick(at: start)
        let probe = ScriptedProbe([.unhealthy]) { look in
            if look <= standstills { pulse.tick(at: start.advanced(by: .seconds(look * 60))) }
        }
        #expect(await runner.check(Target("web", probe)).status == status)
        #expect(probe.looks == 3)
    }

    /// A thousand services that fail without a network need one look at it.
    @Test func anOutageOfTheNetworkCountsForAWhile() async {
        let looks = Mutex(0)
        let connectivity = ConnectivityGuard(address: "192.0.2.1:53") {
            looks.withLock { $0 += 1 }
            return false
        }
        let began = MonotonicTime.now()
        for _ in 1...3 {
            let isConnected = await connectivity.isConnected()
            #expect(!isConnected)
        }
        let took = MonotonicTime.now().since(began)
        // On a machine that stood still for so long it is too old.
        #expect(looks.withLock { $0 } == 1 || took >= .seconds(5))
    }

    /// A caller may have to wait for another's look, and then for one of its own.
    @Test func aLookAtTheNetworkHasTimeForTwo() {
        let three = ConnectivityGuard(address: "192.0.2.1:53", lookLimit: .seconds(3)) { true }
        #expect(three.limit == .seconds(7))
        let probe = ConnectivityGuard(ScriptedProbe([.healthy]), timeout: .seconds(2), tools: tools)
        #expect(probe.limit == .seconds(7))
    }

    @Test(arguments: [(.healthy, true), (.unhealthy, false), (.unknown, false)] as [(ProbeStatus, Bool)])
    func onlyAnAnswerIsANetwork(status: ProbeStatus, isThere: Bool) async {
        let connectivity = ConnectivityGuard(ScriptedProbe([status]), timeout: .seconds(10), tools: tools)
        let isConnected = await connectivity.isConnected()
        #expect(isConnected == isThere)
    }

    /// By it a probe tells another try of a check from the next check.
    @Test func aProbeKnowsItsTargetsInterval() async {
        let probe = AskingProbe()
        _ = await runner().check(Target("bot", probe, interval: .seconds(7)))
        #expect(probe.intervals.elements == [.seconds(7)])
    }

    /// Otherwise each reload would let as many probes run once more, and forget what is overdue.
    @Test func aReloadKeepsTheSlotsAndTheActivities() {
        let earlier = runner()
        let next = runner().continuing(earlier)
        #expect(next.slots === earlier.slots && next.pulse === earlier.pulse)
    }
}

/// A probe that waits for calls, and has got a bad one.
private struct CalledProbe: Probe {
    static let type = "called"
    let isLocal = true
    let address = "calls"
    let pushToken: String? = "a token"
    let script = ScriptedProbe([.unhealthy])

    init() {}
    init(reading section: ConfigurationSection) {}

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        await script.run(with: tools, timeout: timeout)
    }
}

/// A probe that notes the interval it is told.
private struct AskingProbe: Probe {
    static let type = "asking"
    let isLocal = true
    let address = "a test"
    let intervals = EventLog<Duration>()

    init() {}
    init(reading section: ConfigurationSection) {}

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        intervals.append(tools.interval)
        return ProbeResult(status: .healthy, message: "")
    }
}
