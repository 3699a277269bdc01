import KeepAlivePlatform
import Synchronization

/// Finds out whether Swift's cooperative pool still runs tasks: it sends a task through and sees when it comes back.
final class ExecutorCanary: Sendable {
    /// Slower than this is worth a warning: a pool with a free thread answers in microseconds.
    static let lateAfter = Duration.seconds(1)

    /// When the canary that is out was sent, in nanoseconds of the monotonic clock; 0 when none is out.
    private let sentAt = Atomic<Int64>(0)
    private let lastDelay = Atomic<Int64>(0)

    /// Sends a canary, unless one is still out. It never waits: making a task may, where the system has no thread left for the
    /// pool, and so another thread does it.
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

    /// The canary that is out is counted from now: the whole process stood still meanwhile, not the executor.
    func forgive(at now: MonotonicTime) {
        let sent = sentAt.load(ordering: .relaxed)
        guard sent != 0 else { return }
        // It may come back at this very moment, as the pool's threads were stopped too; one that is back must not be sent.
        _ = sentAt.compareExchange(expected: sent, desired: now.nanoseconds, ordering: .acquiringAndReleasing)
    }

    func returned(at now: MonotonicTime) {
        let sent = MonotonicTime(nanoseconds: sentAt.load(ordering: .acquiring))
        lastDelay.store(now.elapsed(since: sent), ordering: .relaxed)
        sentAt.store(0, ordering: .releasing)
    }

    /// How the executor is at a moment.
    func state(at now: MonotonicTime, limit: Duration) -> ExecutorState {
        let sent = sentAt.load(ordering: .acquiring)
        let out = sent == 0 ? .zero : now.since(MonotonicTime(nanoseconds: sent))
        if out > limit { return .stopped(out) }
        let delay = max(out, .nanoseconds(lastDelay.load(ordering: .relaxed)))
        return delay > Self.lateAfter ? .late(delay) : .responsive
    }
}

/// How Swift's cooperative pool, which runs the bot's tasks, is.
package enum ExecutorState: Equatable, Sendable {
    /// A task gets its turn at once; or nobody watches.
    case responsive
    /// A task gets its turn, but it took this long.
    case late(Duration)
    /// No task has got its turn for this long, which is over the limit.
    case stopped(Duration)
}
