import KeepAliveKit
import Synchronization

/// Carries out one check of a target: the probe, its retries, and a look at our own network before a service is blamed.
struct Checker: Sendable {
    let tools: ProbeTools
    let connectivity: ConnectivityGuard?

    /// A probe that does not keep to its own timeout is left behind after so much more.
    private static let patience = Duration.seconds(1)

    /// Looks, and looks again after each of the target's delays while it fails.
    func check(_ target: Target) async -> ProbeResult {
        var result = await look(target)
        for delay in target.retryDelays where result.status == .unhealthy {
            guard (try? await Task.sleep(for: delay, clock: .suspending)) != nil else { return result }
            result = await look(target)
        }
        if result.status == .unhealthy, !target.probe.isLocal, let connectivity, await !isConnected(connectivity) {
            result.status = .unknown
            result.message =
                "this monitor has no network (\(connectivity.address) cannot be reached): \(result.message)"
        }
        return result
    }

    /// Returns promptly when the check is cancelled.
    private func isConnected(_ connectivity: ConnectivityGuard) async -> Bool {
        await Deadline.race(.seconds(120)) { await connectivity.isConnected() } ?? true
    }

    /// Looks once.
    func look(_ target: Target) async -> ProbeResult {
        let limit = target.timeout + Self.patience
        return await Deadline.race(limit) {
            await target.probe.run(with: tools, timeout: target.timeout)
        } ?? ProbeResult(status: .unhealthy, message: "no answer within \(limit.inWords)")
    }
}

/// A wait with an end.
enum Deadline {
    private static let deadlines = Deadlines()

    /// What the work returns, or nil when it takes longer, by half a second or more, and when the task is cancelled. Work that
    /// is too slow is cancelled and left behind: unlike a task group, this does not wait for it.
    static func race<Result: Sendable>(
        _ limit: Duration, _ work: @escaping @Sendable () async -> Result
    ) async -> Result? {
        let first = First<Result>()
        let task = Task { first.settle(await work()) }
        let timer = deadlines.schedule(after: limit) {
            task.cancel()
            first.settle(nil)
        }
        defer { deadlines.cancel(timer) }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { first.wait($0) }
        } onCancel: {
            task.cancel()
            first.settle(nil)
        }
    }

    /// Takes the first of two outcomes.
    private final class First<Result: Sendable>: Sendable {
        private enum State {
            case open
            case waiting(CheckedContinuation<Result?, Never>)
            case settled(Result?)
            case over
        }

        private let state = Mutex(State.open)

        func wait(_ continuation: CheckedContinuation<Result?, Never>) {
            let outcome: Result?? = state.withLock { state in
                if case .settled(let outcome) = state {
                    state = .over
                    return .some(outcome)
                }
                state = .waiting(continuation)
                return .none
            }
            if let outcome { continuation.resume(returning: outcome) }
        }

        func settle(_ outcome: Result?) {
            let continuation: CheckedContinuation<Result?, Never>? = state.withLock { state in
                switch state {
                case .open:
                    state = .settled(outcome)
                    return nil
                case .waiting(let continuation):
                    state = .over
                    return continuation
                case .settled, .over:
                    return nil
                }
            }
            continuation?.resume(returning: outcome)
        }
    }
}
