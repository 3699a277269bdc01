import KeepAlivePlatform
import Synchronization

/// One look at a time per target, shared by all callers that wait for it. Thread-safe.
final class Looks: Sendable {
    /// The result of a look, and when it began.
    struct Found: Sendable, Equatable {
        var result: ProbeResult
        let began: MonotonicTime
        /// How long it waited for its turn.
        var waited = Duration.zero
    }

    private let looks = Mutex<[String: SharedLook<Found>]>([:])

    /// The result of a look that began at `time` or later: the last one, the running one, or a new one.
    func found(
        at name: String, since time: MonotonicTime, _ look: @escaping @Sendable () async -> Found
    ) async -> Found {
        let shared = looks.withLock { looks in
            let shared = looks[name] ?? SharedLook()
            looks[name] = shared
            return shared
        }
        return await shared.value(where: { $0.began >= time }, look)
    }

    /// Forgets all targets but these, and cancels their running looks.
    func cancel(allBut names: Set<String>) {
        let ended = looks.withLock { looks in
            defer { looks = looks.filter { names.contains($0.key) } }
            return looks.filter { !names.contains($0.key) }.values
        }
        for look in ended { look.cancel() }
    }
}
