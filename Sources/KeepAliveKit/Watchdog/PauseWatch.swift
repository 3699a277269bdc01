import KeepAlivePlatform
import Synchronization

/// Recognizes that the whole process was stopped (SIGSTOP, a frozen container or host), so that this time counts as no
/// silence: the guard then checks far later than it announced.
///
/// Whoever asks first after the pause forgives it, as a request to `/health` may come before the guard's thread runs.
/// It takes no lock; from any thread.
final class PauseWatch: Sendable {
    private let gateways: GatewayRegistry
    private let canary: ExecutorCanary?
    /// Gateways stay silent this long after a pause, without blame.
    private let grace: Duration
    /// The guard checks by then, in nanoseconds of the monotonic clock; 0 while it does not.
    private let limit = Atomic<Int64>(0)
    /// When the last pause ended; 0 is never.
    private let resumed = Atomic<Int64>(0)

    init(gateways: GatewayRegistry, canary: ExecutorCanary?, grace: Duration) {
        self.gateways = gateways
        self.canary = canary
        self.grace = grace
    }

    /// The guard's next check is due by then, with the delays of a busy system; nil if there is none.
    func expectCheck(by limit: MonotonicTime?) {
        self.limit.store(limit?.nanoseconds ?? 0, ordering: .releasing)
    }

    /// The process was stopped until now.
    func forgive(at now: MonotonicTime) {
        canary?.forgive(at: now)
        gateways.expectSilence(until: now.advanced(by: grace))
        resumed.max(now.nanoseconds, ordering: .releasing)
    }

    /// When the last pause ended, which may be now; nil if there was none.
    func lastResumed(at now: MonotonicTime) -> MonotonicTime? {
        let limit = limit.load(ordering: .acquiring)
        if limit != 0, now.nanoseconds > limit {
            forgive(at: now)
            // Once: if no check follows, the guard itself is stuck, and silence counts. Not before: another thread that
            // asks must not miss the pause.
            _ = self.limit.compareExchange(expected: limit, desired: 0, ordering: .acquiringAndReleasing)
        }
        let resumed = resumed.load(ordering: .acquiring)
        return resumed == 0 ? nil : MonotonicTime(nanoseconds: resumed)
    }
}
