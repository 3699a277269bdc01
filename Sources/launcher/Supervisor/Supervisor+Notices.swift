import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// Handles the bot's notifications and `/health` answers.
extension Supervisor {
    func readNotifications() {
        for message in listener.drain() { heed(message) }
    }

    /// Forwards assignments in one datagram, as received.
    private func heed(_ message: NotifyMessage) {
        var isReady = false
        var up: [String] = []
        // Names that begin with X_ are private, and say nothing about the program's start.
        if message.assignments.contains(where: { !$0.name.isEmpty && !$0.name.hasPrefix("X_") }) { watch.spoke() }
        for notice in message.assignments.compactMap(Notice.init) {
            switch notice {
            case .ready: isReady = true
            case .passedUp(let assignment): up.append(assignment)
            case .extended(let time):
                watch.extended(by: time, at: .now())
                up.append(Manager.extension(by: time))
            case .stopping: watch.beganStopping(at: .now())
            case .alive: watch.watchdogSeen(timeout: botWatchdogTimeout, at: .now())
            case .stuck: handle(.hung("it asked for it by WATCHDOG=trigger"))
            case .watchdogTimeout(let timeout): watch.watchdogChanged(to: timeout, at: .now())
            case .port(let port):
                watch.port = port
                if settings.health == .auto, watch.healthAt == nil {
                    watch.healthAt = MonotonicTime.now().advanced(by: settings.healthInterval)
                }
            case .noPort(let text):
                // With --health-url the launcher polls something else, or nothing, whatever the bot announces.
                if settings.health == .auto, let warning = watch.announced(wrongPort: text) {
                    botLog.log(.warning, warning)
                }
            case .host(let host): watch.host = host
            case .handover(let id): if let lease { perform(lease.requestHandover(id)) }
            }
        }
        // A bot that is ending or has failed is not ready.
        if isReady, !watch.hasEnded, state.phase == .running { announceReady(with: up) } else { manager.send(up) }
    }

    var botWatchdogTimeout: Duration? {
        watch.watchdogTimeout ?? settings.watchdogTimeout(under: manager.watchdogTimeout)
    }

    /// Forwarded each time, because it may be the end of a reload.
    func announceReady(with others: [String], as words: String = "the bot is ready") {
        manager.sendReady(with: others)
        let isNews = !watch.isReady
        watch.becameReady()
        if isNews { botLog.log(.info, words) }
    }

    var healthURL: HTTPURL? {
        switch settings.health {
        case .off: nil
        case .url(let url): url
        case .auto: watch.port.map { HTTPURL(host: watch.host ?? "localhost", port: $0, target: "/health") }
        }
    }

    /// Whether `/health` tells anything: one that ends closes it on its way.
    var isPolled: Bool { state.phase == .running && !watch.isStopping }

    func readHealth(_ answer: HealthAnswer) {
        guard isPolled else { return }
        // A bot that waits out a restart delay says 503 and does its duty; one that does not answer may be frozen.
        if case .unwell = answer, folder.ledger.remaining > .zero { return }
        let limit = settings.healthFailures
        guard let failures = watch.heard(answer, limit: limit), let (reason, isStuck) = answer.failure else { return }
        metrics.notePollFailure()
        if failures < limit {
            botLog.log(.warning, "health check failed (\(failures) of \(limit)): \(reason)")
        } else {
            handle(.unhealthy("its health check failed \(limit) times in a row: \(reason)", isStuck: isStuck))
        }
    }
}
