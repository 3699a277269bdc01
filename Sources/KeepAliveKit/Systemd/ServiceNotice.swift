import KeepAlivePlatform

/// A notice about a run to the service manager.
enum ServiceNotice: Equatable, Sendable {
    /// The bot is ready: `READY=1`.
    case ready(String)
    /// What it does now; a slow start must not look like a hang.
    case status(String, startTakes: Duration? = nil)
    /// It ends within a time: `STOPPING=1`.
    case stopping(String, within: Duration)
}

extension ServiceNotifier {
    /// Sends the notice to the manager.
    func tell(_ notice: ServiceNotice) {
        switch notice {
        case .ready(let status): ready(status)
        case .status(let status, let wait):
            // One more minute is for the attempt that follows.
            let extra = wait.flatMap { isReady ? nil : $0.saturatedNanoseconds / 1000 + 60_000_000 }
            send(["STATUS=\(status)"] + (extra.map { ["EXTEND_TIMEOUT_USEC=\($0)"] } ?? []))
        case .stopping(let status, let timeout):
            // The manager's timeout may be shorter than the body's time to end; the rest needs a little more.
            send(
                "STOPPING=1", "STATUS=\(status)",
                "EXTEND_TIMEOUT_USEC=\(timeout.saturatedNanoseconds / 1000 + 2_000_000)")
        }
    }

    /// Reports the address of `/health` to a launcher, now and with each `READY=1`; systemd ignores names with X_.
    func announce(port: Int, host: String?) {
        // A host that means every interface, or this machine, is reachable as localhost.
        let host = host.flatMap { ListenHost($0).isLocal ? nil : $0 }
        announce(["X_KEEPALIVE_PORT=\(port)"] + (host.map { ["X_KEEPALIVE_HOST=\($0)"] } ?? []))
    }
}
