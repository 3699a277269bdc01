import KeepAliveKit
import KeepAlivePlatform

/// Distinguishes shortages of this monitor or its machine from failures of a service. Pure.
enum Shortage {
    /// What may be missing, by a failed call's errno, and what to do about it.
    private static let resources: [Int32: (words: String, remedy: String)] = [
        EMFILE: ("no free file descriptor (EMFILE)", "raise LimitNOFILE= (ulimit -n)"),
        ENFILE: ("no free file descriptor on this machine (ENFILE)", "raise the machine's fs.file-max"),
        ENOBUFS: ("no free network buffer (ENOBUFS)", "free memory on this machine"),
        EADDRNOTAVAIL: (
            "no free local port (EADDRNOTAVAIL)", "widen the machine's net.ipv4.ip_local_port_range"
        ),
        ENOMEM: ("no free memory (ENOMEM)", "free memory on this machine, or raise MemoryMax="),
        // The error of pthread_create(3) and fork(2).
        EAGAIN: ("no further thread or process (EAGAIN)", "raise TasksMax= (ulimit -u)"),
    ]

    /// The missing resource for a failed call's errno; nil if the service is at fault.
    static func words(_ code: Int32) -> String? { resources[code]?.words }

    /// What to do about a missing resource; other words are about name servers.
    static func remedy(for words: String) -> String {
        resources.values.first { $0.words == words }?.remedy ?? "check the name servers in /etc/resolv.conf"
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
