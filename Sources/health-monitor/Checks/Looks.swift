import KeepAlivePlatform
import Synchronization

/// One look at a time for each target, shared by everybody who waits for it. Thread-safe.
final class Looks: Sendable {
    /// What a look found, and when it began.
    struct Found: Sendable, Equatable {
        var result: ProbeResult
        let began: MonotonicTime
    }

    private let looks = Mutex<[String: SharedLook<Found>]>([:])

    /// What a look found that began at `time` or later: the last one, the one under way, or a new one.
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

    /// Breaks off what is under way.
    func cancel() {
        for look in looks.withLock({ Array($0.values) }) { look.cancel() }
    }
}
