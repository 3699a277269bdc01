import KeepAliveKit
import Synchronization

/// What one reading of the configuration makes, and the next one replaces: who checks, and who delivers.
struct Generation: Sendable {
    let configuration: MonitorConfiguration
    let loop: CheckLoop
    let dispatcher: Dispatcher
    private let watching: Task<Void, Never>

    /// A check that hangs does not hold up the next generation for longer.
    private static let patience = Duration.seconds(3)

    /// Begins to check and to deliver.
    init(
        _ configuration: MonitorConfiguration, _ loop: CheckLoop, _ dispatcher: Dispatcher,
        in group: inout DiscardingTaskGroup
    ) {
        self.configuration = configuration
        self.loop = loop
        self.dispatcher = dispatcher
        let watching = Task { await loop.run() }
        self.watching = watching
        group.addTask {
            await withTaskCancellationHandler {
                await watching.value
            } onCancel: {
                watching.cancel()
            }
        }
        group.addTask { await dispatcher.run() }
    }

    /// Breaks off the checks, and returns once none writes any more. What is being delivered is delivered.
    func end() async {
        watching.cancel()
        let watching = watching
        _ = await withDeadline(Self.patience) { await watching.value }
        await dispatcher.finish()
    }
}

/// The targets of the running generation and their runner, for who asks for a check now.
final class CurrentChecks: Sendable {
    private let current: Mutex<(targets: [String: Target], runner: CheckRunner)>

    init(_ configuration: MonitorConfiguration, _ runner: CheckRunner) {
        current = Mutex((Self.byName(configuration), runner))
    }

    func replace(_ configuration: MonitorConfiguration, _ runner: CheckRunner) {
        current.withLock { $0 = (Self.byName(configuration), runner) }
    }

    /// Checks a service now; nil where there is none of that name.
    func check(_ name: String) async -> ProbeResult? {
        let (target, runner) = current.withLock { ($0.targets[name], $0.runner) }
        guard let target else { return nil }
        return await runner.check(target)
    }

    private static func byName(_ configuration: MonitorConfiguration) -> [String: Target] {
        Dictionary(configuration.targets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
}
