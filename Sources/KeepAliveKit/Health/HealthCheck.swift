import KeepAlivePlatform
import Synchronization

/// One registered check: how to run it, and the result of its last run.
///
/// The verdict is a function of the state and the time of reading. So a hanging check counts as failed once its timeout
/// has passed, even when the cooperative pool has no free thread.
final class HealthCheck: Sendable {
    let name: String
    let isCritical: Bool
    let interval: Duration
    let timeout: Duration
    private let operation: @Sendable () async throws -> Void
    private let state = Mutex(State())

    struct State: Equatable, Sendable {
        var runningSince: MonotonicTime?
        var lastFinished: MonotonicTime?
        var lastError: String?
    }

    init(
        name: String, isCritical: Bool, interval: Duration, timeout: Duration,
        operation: @escaping @Sendable () async throws -> Void
    ) {
        self.name = name
        self.isCritical = isCritical
        self.interval = interval
        self.timeout = timeout
        self.operation = operation
    }

    /// Repeats the check until the task is cancelled, one run at a time. A hanging run is cancelled at its timeout, and
    /// the next run waits until it has returned. So hanging runs never pile up, even across stops and starts. A run that
    /// fails because the whole process was stopped meanwhile does not count.
    func repeatUntilCancelled(pauses: PauseWatch, describe: @Sendable (any Error) -> String) async {
        var pace = CheckPace(interval: interval)
        while !Task.isCancelled {
            guard let started = begin() else {
                // A run of an earlier schedule has not ended yet.
                try? await Task.sleep(for: min(interval, Duration.milliseconds(250)), clock: .suspending)
                continue
            }
            let error = await run(describe: describe)
            let isVoid = error != nil && pauses.lastResumed(at: .now()).map { $0 >= started } == true
            if Task.isCancelled || isVoid {
                state.withLock { $0.runningSince = nil }
                continue
            }
            state.withLock { $0 = State(runningSince: nil, lastFinished: .now(), lastError: error) }
            try? await SuspendingClock().sleep(clamping: pace.pause(afterPassing: error == nil))
        }
    }

    /// When this run begins; nil while another is under way.
    private func begin() -> MonotonicTime? {
        state.withLock { state in
            if state.runningSince != nil { return nil }
            let now = MonotonicTime.now()
            state.runningSince = now
            return now
        }
    }

    /// Runs once; returns what went wrong.
    private func run(describe: @Sendable (any Error) -> String) async -> String? {
        let started = MonotonicTime.now()
        let work = Task { try await operation() }
        let timer = Task {
            try await SuspendingClock().sleep(clamping: timeout)
            work.cancel()
        }
        let result = await withTaskCancellationHandler {
            await work.result
        } onCancel: {
            work.cancel()
        }
        timer.cancel()
        if MonotonicTime.now().since(started) > timeout { return "timed out after \(timeout.inWords)" }
        switch result {
        case .success: return nil
        case .failure(let error): return describe(error).cut()
        }
    }

    /// The check's result at a given moment.
    ///
    /// - Parameter resumed: when the whole process was last stopped and continued.
    func result(at now: MonotonicTime, resumed: MonotonicTime?) -> CheckResult {
        HealthCheck.judge(
            state.withLock { $0 }, name: name, isCritical: isCritical, interval: interval, timeout: timeout, at: now,
            resumed: resumed)
    }

    /// Decides the result. Pure.
    static func judge(
        _ state: State, name: String, isCritical: Bool, interval: Duration, timeout: Duration, at now: MonotonicTime,
        resumed: MonotonicTime? = nil
    ) -> CheckResult {
        // No check runs while the whole process is stopped.
        func time(since moment: MonotonicTime) -> Duration { now.since(resumed.map { max($0, moment) } ?? moment) }
        let age = state.lastFinished.map { now.since($0) }
        var result = CheckResult(name: name, isCritical: isCritical, status: .unknown, age: age, error: nil)
        if let started = state.runningSince, time(since: started) > timeout {
            result.status = .unhealthy
            result.error = "timed out after \(timeout.inWords)"
        } else if let error = state.lastError {
            result.status = .unhealthy
            result.error = error
        } else if let finished = state.lastFinished {
            let age = time(since: finished)
            // Twice overdue: the schedule itself is stuck, so the last success is out of date.
            let limit = interval + interval + timeout
            result.status = age > limit ? .unhealthy : .healthy
            if age > limit {
                result.error = "has not run for \(age.components.seconds) s, although due every \(interval.inWords)"
            }
        }
        return result
    }
}
