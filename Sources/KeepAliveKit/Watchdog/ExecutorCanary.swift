import KeepAlivePlatform
import Synchronization

/// Detects whether Swift's cooperative pool still runs tasks: it sends a task through and waits for its return.
final class ExecutorCanary: Sendable {
    /// A slower pool deserves a warning: with a free thread it answers in microseconds.
    static let lateAfter = Duration.seconds(1)

    /// When the outstanding canary was sent, in nanoseconds of the monotonic clock; 0 when none is out.
    private let sentAt = Atomic<Int64>(0)
    private let lastDelay = Atomic<Int64>(0)

    /// Sends a canary, unless one is still out. It never waits. Making a task may wait when the system has no thread
    /// left for the pool, so another thread makes it.
    func send(at now: MonotonicTime) {
        guard !isOut else { return }
        sent(at: now)
        do {
            try OSThread.start(name: "keepalive-canary") { [self] in
                Task.detached { [self] in returned(at: .now()) }
            }
        } catch {
            sentAt.store(0, ordering: .releasing)
        }
    }

    /// Whether a canary is on its way.
    var isOut: Bool { sentAt.load(ordering: .relaxed) != 0 }

    func sent(at now: MonotonicTime) {
        sentAt.store(now.nanoseconds, ordering: .releasing)
    }

    /// Counts the outstanding canary from now: the whole process was stopped, not the executor.
    func forgive(at now: MonotonicTime) {
        let sent = sentAt.load(ordering: .relaxed)
        guard sent != 0 else { return }
        // It may return at this moment, as the pool's threads were stopped too; then it must not be marked as sent.
        _ = sentAt.compareExchange(expected: sent, desired: now.nanoseconds, ordering: .acquiringAndReleasing)
    }

    func returned(at now: MonotonicTime) {
        let sent = MonotonicTime(nanoseconds: sentAt.load(ordering: .acquiring))
        lastDelay.store(now.elapsed(since: sent), ordering: .relaxed)
        sentAt.store(0, ordering: .releasing)
    }

    /// The executor's state at a moment.
    func state(at now: MonotonicTime, limit: Duration) -> ExecutorState {
        let sent = sentAt.load(ordering: .acquiring)
        let out = sent == 0 ? .zero : now.since(MonotonicTime(nanoseconds: sent))
        if out > limit { return .stopped(out) }
        let delay = max(out, .nanoseconds(lastDelay.load(ordering: .relaxed)))
        return delay > Self.lateAfter ? .late(delay) : .responsive
    }
}

/// The state of Swift's cooperative pool, which runs the bot's tasks.
package enum ExecutorState: Equatable, Sendable {
    /// A task runs at once; or the pool is not watched.
    case responsive
    /// A task ran, but only after this long.
    case late(Duration)
    /// No task has run for this long, which is over the limit.
    case stopped(Duration)
}
