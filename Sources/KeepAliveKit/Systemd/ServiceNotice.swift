import KeepAlivePlatform

/// What a service manager is told of a run.
enum ServiceNotice: Equatable, Sendable {
    /// The bot is ready: `READY=1`.
    case ready(String)
    /// What it does now; a start that takes a while must not look like one that hangs.
    case status(String, startTakes: Duration? = nil)
    /// It ends within a time: `STOPPING=1`.
    case stopping(String, within: Duration)
}

extension ServiceNotifier {
    /// Tells the manager.
    func tell(_ notice: ServiceNotice) {
        switch notice {
        case .ready(let status): ready(status)
        case .status(let status, let wait):
            // A minute more is for the attempt that follows.
            let extra = wait.flatMap { isReady ? nil : $0.saturatedNanoseconds / 1000 + 60_000_000 }
            send(["STATUS=\(status)"] + (extra.map { ["EXTEND_TIMEOUT_USEC=\($0)"] } ?? []))
        case .stopping(let status, let timeout):
            // The manager's own patience may be shorter than the time the body has; a little more for the rest.
            send(
                "STOPPING=1", "STATUS=\(status)",
                "EXTEND_TIMEOUT_USEC=\(timeout.saturatedNanoseconds / 1000 + 2_000_000)")
        }
    }

    /// Tells a launcher where `/health` is, now and again with `READY=1`; systemd ignores names that begin with X_.
    func announce(port: Int, host: String?) {
        // A host that stands for every interface, or for this machine, is reached as localhost.
        let host = host.flatMap { ListenHost($0).isLocal ? nil : $0 }
        announce(["X_KEEPALIVE_PORT=\(port)"] + (host.map { ["X_KEEPALIVE_HOST=\($0)"] } ?? []))
    }
}
