import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveHealthMonitor

/// Calls of push services are judged as they come.
struct CurrentChecksTests {
    /// Every call that comes while another is judged counts, also the third.
    @Test func callsDuringACheckAreJudgedAfterIt() async throws {
        let statuses: [ProbeStatus] = [.unhealthy, .healthy, .unhealthy, .healthy]
        let said = Mutex(0)
        let probe = SayingProbe { statuses[said.withLock { $0 }] }
        let target = Target("job", probe)
        let board = StatusBoard([target])
        let seen = EventLog<ProbeStatus>()
        let current = Mutex<CurrentChecks?>(nil)
        let loop = CheckLoop(
            targets: [target], channels: [],
            runner: CheckRunner(tools: ProbeTools(client: HTTPClient(), pushes: PushBoard()), connectivity: nil),
            board: board, restarter: nil,
            record: { record, _, _, _ in
                seen.append(record.result.status)
                let isMore = said.withLock { said in
                    guard said + 1 < statuses.count else { return false }
                    said += 1
                    return true
                }
                // The next call arrives before this check's result is kept.
                if isMore { await current.withLock { $0 }?.noteCall(of: "job") }
            }, log: .none)
        let checks = CurrentChecks(MonitorConfiguration(), loop)
        current.withLock { $0 = checks }
        var configuration = MonitorConfiguration()
        configuration.targets = [target]
        checks.replace(configuration, loop)
        await checks.noteCall(of: "job")
        #expect(seen.elements == statuses)
        // The judging has ended: another call begins it again.
        said.withLock { $0 = 0 }
        await checks.noteCall(of: "job")
        #expect(seen.elements.dropFirst(4).first == .unhealthy)
    }

    /// A job that calls every second causes no check each time.
    @Test func aCallThatChangesNothingCausesNoCheck() async {
        let target = Target("job", SayingProbe { .healthy })
        let seen = EventLog<ProbeStatus>()
        let loop = CheckLoop(
            targets: [target], channels: [],
            runner: CheckRunner(tools: ProbeTools(client: HTTPClient(), pushes: PushBoard()), connectivity: nil),
            board: StatusBoard([target]), restarter: nil,
            record: { record, _, _, _ in seen.append(record.result.status) }, log: .none)
        var configuration = MonitorConfiguration()
        configuration.targets = [target]
        let checks = CurrentChecks(configuration, loop)
        for _ in 1...3 { await checks.noteCall(of: "job") }
        #expect(seen.elements == [.healthy])
        #expect(await checks.check("job")?.status == .healthy)
        #expect(await checks.check("other")?.status == nil)
    }
}

/// A probe whose status a test determines.
private struct SayingProbe: Probe {
    static let type = "saying"
    let isLocal = true
    let address = "a test"
    let say: @Sendable () -> ProbeStatus

    init(_ say: @escaping @Sendable () -> ProbeStatus) { self.say = say }
    init(reading section: ConfigurationSection) { self.init { .unknown } }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        ProbeResult(status: say(), message: "")
    }
}
