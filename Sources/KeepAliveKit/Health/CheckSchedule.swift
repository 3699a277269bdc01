import Synchronization

/// The registered checks, and the tasks that run them between start and stop.
final class CheckSchedule: Sendable {
    private struct State {
        var registered: [HealthCheck] = []
        var names: Set<String> = []
        /// The next number of each name; all below it are taken.
        var numbers: [String: Int] = [:]
        var tasks: [Task<Void, Never>] = []
        /// Counts starts and stops; odd while the checks run.
        var turn = 0
    }

    private let state = Mutex(State())
    private let pauses: PauseWatch
    private let describe: @Sendable (any Error) -> String

    init(pauses: PauseWatch, describe: @escaping @Sendable (any Error) -> String) {
        self.pauses = pauses
        self.describe = describe
    }

    /// The checks in the order of registration.
    var all: [HealthCheck] { state.withLock { $0.registered } }

    func register(
        _ name: String, critical: Bool, every interval: Duration, timeout: Duration,
        _ operation: @escaping @Sendable () async throws -> Void
    ) {
        let (check, turn) = state.withLock { state in
            // Names are keys in /health, so each must be unique.
            var unique = name
            var number = state.numbers[name, default: 2]
            while state.names.contains(unique) {
                unique = "\(name)-\(number)"
                number += 1
            }
            state.numbers[name] = number
            state.names.insert(unique)
            let check = HealthCheck(
                name: unique, isCritical: critical, interval: max(interval, .milliseconds(10)),
                timeout: max(timeout, .milliseconds(1)), operation: operation)
            state.registered.append(check)
            return (check, state.turn)
        }
        run([check], in: turn)
    }

    func start() {
        let (checks, turn) = state.withLock { state in
            guard state.turn.isMultiple(of: 2) else { return ([HealthCheck](), state.turn) }
            state.turn += 1
            return (state.registered, state.turn)
        }
        run(checks, in: turn)
    }

    func stop() {
        let tasks = state.withLock { state in
            if !state.turn.isMultiple(of: 2) { state.turn += 1 }
            defer { state.tasks = [] }
            return state.tasks
        }
        for task in tasks { task.cancel() }
    }

    /// Call it without the lock: making a task blocks when the system has no thread left, but `/health` must not block.
    private func run(_ checks: [HealthCheck], in turn: Int) {
        guard !turn.isMultiple(of: 2) else { return }
        for check in checks {
            let task = Task.detached { [pauses, describe] in
                await check.repeatUntilCancelled(pauses: pauses, describe: describe)
            }
            let isWanted = state.withLock { state in
                if state.turn == turn { state.tasks.append(task) }
                return state.turn == turn
            }
            if !isWanted { task.cancel() }
        }
    }
}
