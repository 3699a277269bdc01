import KeepAliveCurl
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// What one caller's look is for another.
extension CheckRunnerTests {
    private static func found(_ status: ProbeStatus) -> Looks.Found {
        Looks.Found(result: ProbeResult(status: status, message: ""), began: .now())
    }

    /// Whoever asks after a reload has nothing to do with the look that it has ended.
    @Test(.timeLimit(.minutes(1))) func whatIsCancelledIsLookedAtAnew() async throws {
        let looks = Looks()
        let (began, gate) = (EventLog<Void>(), EventLog<Void>())
        let first = Task {
            await looks.found(at: "web", since: .now()) {
                began.append(())
                // It ignores its cancellation.
                await Task { _ = try? await gate.element(at: 0) }.value
                return Self.found(.unhealthy)
            }
        }
        _ = try await began.element(at: 0)
        looks.cancel(allBut: [])
        let second = await looks.found(at: "web", since: .now()) { Self.found(.healthy) }
        #expect(second.result.status == .healthy)
        gate.append(())
        #expect(await first.value.result.status == .unhealthy)
    }

    /// A push service that could not call while this monitor had no network is looked at again once it has.
    @Test func aJobIsNotBlamedForAnOutageThatIsOver() async {
        let pushes = PushBoard(["a token": .init(name: "job")])
        let tools = ProbeTools(client: HTTPClient(), pushes: pushes)
        func check(_ statuses: [ProbeStatus], isConnected: Bool) async -> ProbeStatus {
            let runner = CheckRunner(
                tools: tools, connectivity: ConnectivityGuard(address: "192.0.2.1:53") { isConnected })
            return await runner.check(Target("job", RemoteJob(statuses))).status
        }
        #expect(await check([.healthy], isConnected: true) == .healthy)
        #expect(await check([.unhealthy], isConnected: false) == .unknown)
        #expect(await check([.unhealthy, .healthy], isConnected: true) == .healthy)
        #expect(await check([.unhealthy, .healthy], isConnected: true) == .unhealthy)
    }
}

/// A push probe with scripted results.
private struct RemoteJob: Probe {
    static let type = "job"
    let isLocal = false
    let address = "calls"
    let pushToken: String? = "a token"
    private let script: ScriptedProbe

    init(_ statuses: [ProbeStatus]) { script = ScriptedProbe(statuses) }
    init(reading section: ConfigurationSection) { self.init([]) }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        await script.run(with: tools, timeout: timeout)
    }
}
