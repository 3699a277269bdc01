import KeepAliveKit
import Synchronization

/// The checks and deliveries of one configuration; a reload replaces them.
struct Generation: Sendable {
    let configuration: MonitorConfiguration
    let loop: CheckLoop
    let dispatcher: Dispatcher
    private let watching: Task<Void, Never>

    /// The longest that a hanging check delays the next generation.
    private static let patience = Duration.seconds(3)

    /// Starts checking and delivering.
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

    /// Cancels the checks and returns once none writes any more. Deliveries under way are completed.
    func end() async {
        watching.cancel()
        let watching = watching
        _ = await withDeadline(Self.patience) { await watching.value }
        await dispatcher.finish()
    }
}

/// The running generation's targets and runner, for checks on request.
final class CurrentChecks: Sendable {
    private let current: Mutex<(targets: [String: Target], runner: CheckRunner)>

    init(_ configuration: MonitorConfiguration, _ runner: CheckRunner) {
        current = Mutex((Self.byName(configuration), runner))
    }

    func replace(_ configuration: MonitorConfiguration, _ runner: CheckRunner) {
        current.withLock { $0 = (Self.byName(configuration), runner) }
    }

    /// Checks a service now; nil if no service has that name.
    func check(_ name: String) async -> ProbeResult? {
        let (target, runner) = current.withLock { ($0.targets[name], $0.runner) }
        guard let target else { return nil }
        return await runner.check(target)
    }

    private static func byName(_ configuration: MonitorConfiguration) -> [String: Target] {
        Dictionary(configuration.targets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
}
