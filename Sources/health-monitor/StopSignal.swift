import KeepAliveKit

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// SIGTERM and SIGINT, waited for on a thread of their own: the first asks to stop, the second ends the process.
enum StopSignal {
    /// Call before any other thread is started, as each inherits what is blocked here (pthread_sigmask(3)).
    static func block() {
        var signals = waited
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Returns once one of them has come.
    static func wait() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            do {
                try OSThread.start(name: "signals") {
                    var signals = waited
                    var signal: Int32 = 0
                    while sigwait(&signals, &signal) != 0 {}
                    continuation.resume()
                    while sigwait(&signals, &signal) != 0 {}
                    _exit(0)
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private static var waited: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        return signals
    }
}
