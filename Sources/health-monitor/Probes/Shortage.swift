import KeepAliveKit
import KeepAlivePlatform

/// What this monitor or its machine is short of, told from what a service does wrong. Pure.
enum Shortage {
    /// What is missing, by the errno of a call that failed; nil where it is the service's matter.
    static func words(_ code: Int32) -> String? {
        switch code {
        case EMFILE: "no free file descriptor (EMFILE)"
        case ENFILE: "no free file descriptor on this machine (ENFILE)"
        case ENOBUFS: "no free network buffer (ENOBUFS)"
        case EADDRNOTAVAIL: "no free local port (EADDRNOTAVAIL)"
        case ENOMEM: "no free memory (ENOMEM)"
        // What pthread_create(3) and fork(2) answer.
        case EAGAIN: "no further thread or process (EAGAIN)"
        default: nil
        }
    }
}

extension ProbeResult {
    /// A look that could not be taken: this says nothing about the service.
    static func short(of missing: String) -> ProbeResult {
        ProbeResult(status: .unknown, message: "not checked: this monitor has \(missing)", shortage: missing)
    }

    /// What a failed system call comes to: unknown where this monitor is short of something, else this.
    static func failed(_ error: Errno, _ status: ProbeStatus, _ message: String) -> ProbeResult {
        Shortage.words(error.code).map { short(of: $0) } ?? ProbeResult(status: status, message: message)
    }

    /// The same for work on a thread of its own.
    static func failed(_ error: BlockingCall.Failure, _ status: ProbeStatus, _ message: String) -> ProbeResult {
        if case .noThread(let error) = error { return failed(error, .unknown, message) }
        return ProbeResult(status: status, message: message)
    }
}
