import HTTPClient
import KeepAliveKit
import Synchronization
import TestSupport
import Testing

@testable import health_monitor

struct WatcherTests {
    /// What a watcher recorded: an event's kind and message, in order.
    private final class Recorded: Sendable {
        let events = Mutex<[String]>([])
        let records = Mutex<[CheckRecord]>([])

        var words: [String] { events.withLock { $0 } }
    }

    private func watcher(
        _ targets: [Target], _ recorded: Recorded, restarter: Restarter? = nil
    ) -> Watcher {
        var configuration = MonitorConfiguration()
        configuration.targets = targets
        return Watcher(
            configuration: configuration,
            checker: Checker(tools: ProbeTools(client: HTTPClient(), pushes: PushBoard()), connectivity: nil),
            board: StatusBoard(targets), restarter: restarter,
            record: { record, _, events, _ in
                recorded.records.withLock { $0.append(record) }
                recorded.events.withLock { $0 += events.map { "\($0.service) \($0.kind): \($0.message)" } }
            }, log: .none)
    }

    @Test func threeFailuresAreOneAlertAndOneRecovery() async {
        let recorded = Recorded()
        let probe = ScriptedProbe([.unhealthy, .unhealthy, .unhealthy, .unhealthy, .healthy])
        let target = Target("web", probe)
        let watcher = watcher([target], recorded)
        for _ in 1...6 { await watcher.check(target) }
        #expect(recorded.words == ["web opened: it is unhealthy", "web resolved: recovered after 4 failed checks"])
        #expect(recorded.records.withLock { $0.count } == 6)
        #expect(watcher.board["web"]?.state.status == .healthy)
    }

    @Test func whoseDependencyIsDownIsNotBlamed() async {
        let recorded = Recorded()
        let database = Target("database", ScriptedProbe([.unhealthy]))
        let web = Target("web", ScriptedProbe([.unhealthy]), dependsOn: ["database"])
        let page = Target("page", ScriptedProbe([.unhealthy]), dependsOn: ["web"])
        let watcher = watcher([database, web, page], recorded)
        // The database itself is looked at, although its own turn has not come.
        for _ in 1...3 {
            await watcher.check(web)
            await watcher.check(page)
        }
        #expect(recorded.words == [])
        #expect(watcher.board["page"]?.silence == .dependency("web"))
        for _ in 1...3 { await watcher.check(database) }
        #expect(recorded.words == ["database opened: it is unhealthy"])
    }

    @Test func maintenanceSilences() async {
        let recorded = Recorded()
        let always = MaintenanceWindow.weekly(days: Set(1...7), from: 0, to: 24 * 60)
        let target = Target("web", ScriptedProbe([.unhealthy]), maintenance: [always])
        let watcher = watcher([target], recorded)
        for _ in 1...4 { await watcher.check(target) }
        #expect(recorded.words == [])
        #expect(watcher.board["web"]?.silence == .maintenance)
    }

    @Test func itIsRestartedOnceItIsDownAndNotBefore() async throws {
        let folder = try TemporaryDirectory()
        let commands = Mutex<[[String]]>([])
        let restarter = Restarter(folder: folder.path, log: .none) { command in
            commands.withLock { $0.append(command) }
            return .init(succeeded: true, words: "done")
        }
        let target = Target("bot", ScriptedProbe([.unhealthy]), restart: ["restart", "it"])
        let watcher = watcher([target], Recorded(), restarter: restarter)
        for _ in 1...2 { await watcher.check(target) }
        #expect(commands.withLock { $0 } == [])
        // Once, then not again within the delay.
        for _ in 1...3 { await watcher.check(target) }
        #expect(commands.withLock { $0 } == [["restart", "it"]])
    }
}
