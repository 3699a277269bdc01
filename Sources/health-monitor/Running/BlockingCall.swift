import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// Runs work that the system may block indefinitely, such as reading a lost network drive, on its own thread.
/// After the timeout the thread is abandoned. At most one thread waits at a time, however often it is called.
///
/// Thread-safe.
final class BlockingCall: Sendable {
    /// Why there is no result.
    enum Failure: Error, Equatable, CustomStringConvertible {
        case late(Duration)
        /// An earlier call has not returned yet.
        case stuck(Duration)
        case noThread(Errno)

        var description: String {
            switch self {
            case .late(let timeout): "no answer came within \(timeout.inWords)"
            case .stuck(let time): "no answer has come for \(time.components.seconds) s"
            case .noThread(let error): "no thread could be started: \(error.message)"
            }
        }
    }

    private let thread: String
    private let busySince = Mutex<MonotonicTime?>(nil)

    /// - Parameter thread: its name.
    init(on thread: String = "probe") {
        self.thread = thread
    }

    /// Does the work; returns when it is done, after the timeout, or when the task is cancelled.
    func run<Value: Sendable>(
        timeout: Duration, _ work: @escaping @Sendable () -> Value
    ) async throws(Failure) -> Value {
        let now = MonotonicTime.now()
        let since = busySince.withLock { since in
            defer { since = since ?? now }
            return since
        }
        if let since { throw .stuck(now.since(since)) }
        let outcome = await withDeadline(timeout) { [self] in await onThread(work) }
        return try (outcome ?? .failure(.late(timeout))).get()
    }

    private func onThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Result<Value, Failure> {
        await withCheckedContinuation { continuation in
            do throws(Errno) {
                try OSThread.start(name: thread) { [self] in
                    let value = work()
                    busySince.withLock { $0 = nil }
                    continuation.resume(returning: .success(value))
                }
            } catch {
                busySince.withLock { $0 = nil }
                continuation.resume(returning: .failure(.noThread(error)))
            }
        }
    }
}
