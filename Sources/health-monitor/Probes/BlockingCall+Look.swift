import KeepAliveKit
import KeepAlivePlatform

extension BlockingCall {
    /// One look at something of this machine.
    ///
    /// - Parameters:
    ///   - status: what a look comes to whose system call fails.
    ///   - late: what one comes to that does not end in time; the same without it.
    ///   - words: what is said of a system call that failed.
    func look(
        timeout: Duration, failing status: ProbeStatus, late: ProbeStatus? = nil,
        words: @escaping @Sendable (Errno) -> String, _ look: @escaping @Sendable () throws(Errno) -> ProbeResult
    ) async -> ProbeResult {
        do throws(Failure) {
            return try await run(timeout: timeout) {
                do throws(Errno) {
                    return try look()
                } catch {
                    return .failed(error, status, words(error))
                }
            }
        } catch {
            return .failed(error, late ?? status, error.description)
        }
    }
}
