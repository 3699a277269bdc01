import HTTPClient
import Synchronization
import Testing

@testable import health_monitor

struct CheckerTests {
    private let tools = ProbeTools(client: HTTPClient(), pushes: PushBoard())

    private func checker(isConnected: Bool? = nil) -> Checker {
        Checker(
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
        #expect(await checker().check(target).status == status)
        #expect(probe.looks == looks)
    }

    @Test func whileWeAreCutOffNobodyIsBlamed() async {
        let result = await checker(isConnected: false).check(Target("web", ScriptedProbe([.unhealthy])))
        #expect(result.status == .unknown)
        #expect(result.message == "this monitor has no network (192.0.2.1:53 cannot be reached): it is unhealthy")
        #expect(await checker(isConnected: true).check(Target("web", ScriptedProbe([.unhealthy]))).status == .unhealthy)
        #expect(await checker(isConnected: false).check(Target("web", ScriptedProbe([.healthy]))).status == .healthy)
    }

    /// That the network worked before a look at a service failed says nothing.
    @Test func aNetworkThatWorkedBeforeIsNoProof() async {
        let answers = Mutex([true, false])
        let connectivity = ConnectivityGuard(address: "192.0.2.1:53") {
            answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        }
        let checker = Checker(tools: tools, connectivity: connectivity)
        let target = Target("web", ScriptedProbe([.unhealthy]))
        #expect(await checker.check(target).status == .unhealthy)
        #expect(await checker.check(target).status == .unknown)
    }

    @Test func whatIsOnThisMachineNeedsNoNetwork() async {
        let target = Target("web", ScriptedProbe([.unhealthy], isLocal: true))
        #expect(await checker(isConnected: false).check(target).status == .unhealthy)
    }

    @Test func aProbeThatNeverEndsIsLeftBehind() async {
        let target = Target("stuck", HangingProbe(), timeout: .milliseconds(1))
        let result = await checker().check(target)
        #expect(result == ProbeResult(status: .unhealthy, message: "no answer within 1.001 s"))
    }
}
