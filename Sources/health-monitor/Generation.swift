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

    /// Cancels the checks and returns once none writes any more, except for the targets with these names. Deliveries
    /// under way are completed.
    func end(keeping names: Set<String>) async {
        loop.keep(names)
        watching.cancel()
        let watching = watching
        _ = await withDeadline(Self.patience) { await watching.value }
        await dispatcher.finish()
    }
}

/// The running generation's targets and loop, for checks on request. Thread-safe.
final class CurrentChecks: Sendable {
    private struct State {
        var targets: [String: Target]
        var loop: CheckLoop
        /// The services whose call is being judged, and whether another one has come meanwhile.
        var judging: [String: Bool] = [:]
    }

    private let state: Mutex<State>

    init(_ configuration: MonitorConfiguration, _ loop: CheckLoop) {
        state = Mutex(State(targets: Self.byName(configuration), loop: loop))
    }

    func replace(_ configuration: MonitorConfiguration, _ loop: CheckLoop) {
        state.withLock { ($0.targets, $0.loop) = (Self.byName(configuration), loop) }
    }

    /// Checks a service now; nil if no service has that name.
    func check(_ name: String) async -> ProbeResult? {
        let (target, runner) = state.withLock { ($0.targets[name], $0.loop.runner) }
        guard let target else { return nil }
        return await runner.check(target)
    }

    /// Judges a push service at once if its call changes its status: a job that fails need not wait for the next check.
    func noteCall(of name: String) async {
        let isFirst = state.withLock { state in
            let isJudged = state.judging[name] != nil
            state.judging[name] = isJudged
            return !isJudged
        }
        guard isFirst else { return }
        repeat {
            let (target, loop) = state.withLock { ($0.targets[name], $0.loop) }
            guard let target else { continue }
            let found = await target.look(with: loop.runner.tools, timeout: target.timeout)
            if found.status != loop.board[name]?.state.status { await loop.check(target) }
        } while anotherCame(for: name)
    }

    private func anotherCame(for name: String) -> Bool {
        state.withLock { state in
            let hasCome = state.judging[name] == true
            state.judging[name] = hasCome ? false : nil
            return hasCome
        }
    }

    private static func byName(_ configuration: MonitorConfiguration) -> [String: Target] {
        Dictionary(configuration.targets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
}
