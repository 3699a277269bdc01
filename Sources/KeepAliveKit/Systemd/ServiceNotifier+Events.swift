import KeepAlivePlatform

extension ServiceNotifier {
    /// Tells the manager what an event means to it; most mean nothing.
    ///
    /// - Parameter readyWithBody: whether a running body is all there is to being ready; else a gateway says so.
    func report(_ event: KeepAliveEvent, readyWithBody: Bool) {
        switch event {
        case .bodyStarted:
            if readyWithBody { ready("running") } else { send("STATUS=running") }
        case .restartScheduled(let wait, _, _, _, _), .ledgerResumed(_, let wait):
            send(["STATUS=\(event)"] + extensionOfStart(by: wait))
        case .condemned, .restartRequested, .stopTimedOut:
            send("STATUS=\(event)")
        case .stopRequested(_, let timeout):
            // The manager's own patience may be shorter than the time the body has; a little more for the rest.
            send(
                "STOPPING=1", "STATUS=\(event)",
                "EXTEND_TIMEOUT_USEC=\(timeout.saturatedNanoseconds / 1000 + 2_000_000)")
        case .starting, .portTaken, .listening, .bodyEnded, .failuresForgotten, .ledgerDamaged, .ledgerUnwritable,
            .stopped, .trouble, .watchdogStarted, .gatewayQuiet:
            break
        }
    }

    /// A start that waits is no start that hangs; a minute more is for the attempt that follows.
    private func extensionOfStart(by wait: Duration) -> [String] {
        isReady ? [] : ["EXTEND_TIMEOUT_USEC=\(wait.saturatedNanoseconds / 1000 + 60_000_000)"]
    }

    /// Tells a launcher where `/health` is; systemd passes over names that begin with X_.
    func announce(port: Int, host: String?) {
        // A host that stands for every interface, or for this machine, is reached as localhost.
        let host = host.flatMap { ListenHost($0).isLocal ? nil : $0 }
        send(["X_KEEPALIVE_PORT=\(port)"] + (host.map { ["X_KEEPALIVE_HOST=\($0)"] } ?? []))
    }

    /// Sends `WATCHDOG=1` on the event loop's thread, three times within the time the manager allows, for as long as the
    /// loop runs, and the bot is ready and well.
    func keepWatchdogFed(by mailbox: Mailbox, isWell: @escaping @Sendable () -> Bool) {
        guard let watchdogTimeout else { return }
        if isReady, isWell() { send("WATCHDOG=1") }
        mailbox.post(
            .schedule(.watchdog, at: MonotonicTime.now().advanced(by: watchdogTimeout / 3)) {
                self.keepWatchdogFed(by: mailbox, isWell: isWell)
            })
    }
}
