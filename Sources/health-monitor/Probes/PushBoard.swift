import KeepAliveKit
import Synchronization

/// When each service with a `push` target has last called in. Thread-safe: the server's thread writes, probes read.
final class PushBoard: Sendable {
    struct Call: Sendable, Equatable {
        var at: MonotonicTime
        /// What the service said of itself, `up` unless told otherwise.
        var status: ProbeStatus
        var message: String?
    }

    private let calls = Mutex<[String: Call]>([:])
    /// Silence before the first call counts from here.
    let start: MonotonicTime

    init(start: MonotonicTime = .now()) {
        self.start = start
    }

    /// A service has called in.
    func note(_ token: String, _ call: Call) {
        calls.withLock { $0[token] = call }
    }

    /// The last call with this token.
    func last(_ token: String) -> Call? {
        calls.withLock { $0[token] }
    }
}
