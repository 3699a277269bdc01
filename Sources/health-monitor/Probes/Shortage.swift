import KeepAliveKit
import KeepAlivePlatform

/// Distinguishes shortages of this monitor or its machine from failures of a service. Pure.
enum Shortage {
    /// The missing resource for a failed call's errno; nil if the service is at fault.
    static func words(_ code: Int32) -> String? {
        switch code {
        case EMFILE: "no free file descriptor (EMFILE)"
        case ENFILE: "no free file descriptor on this machine (ENFILE)"
        case ENOBUFS: "no free network buffer (ENOBUFS)"
        case EADDRNOTAVAIL: "no free local port (EADDRNOTAVAIL)"
        case ENOMEM: "no free memory (ENOMEM)"
        // The error of pthread_create(3) and fork(2).
        case EAGAIN: "no further thread or process (EAGAIN)"
        default: nil
        }
    }
}

extension ProbeResult {
    /// A check that could not run: it proves nothing about the service.
    static func short(of missing: String) -> ProbeResult {
        ProbeResult(status: .unknown, message: "not checked: this monitor has \(missing)", shortage: missing)
    }

    /// The result for a failed system call: unknown if this monitor lacks a resource, otherwise `status`.
    static func failed(_ error: Errno, _ status: ProbeStatus, _ message: String) -> ProbeResult {
        Shortage.words(error.code).map { short(of: $0) } ?? ProbeResult(status: status, message: message)
    }

    /// The result for failed work on its own thread.
    static func failed(_ error: BlockingCall.Failure, _ status: ProbeStatus, _ message: String) -> ProbeResult {
        if case .noThread(let error) = error { return failed(error, .unknown, message) }
        return ProbeResult(status: status, message: message)
    }
}
