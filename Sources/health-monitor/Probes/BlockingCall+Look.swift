import KeepAliveKit
import KeepAlivePlatform

extension BlockingCall {
    /// Examines one thing on this machine.
    ///
    /// - Parameters:
    ///   - status: the result's status if the system call fails.
    ///   - late: the status after a timeout; by default `status`.
    ///   - words: the message for a failed system call.
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
