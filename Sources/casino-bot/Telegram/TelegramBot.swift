import KeepAliveKit

/// The casino on Telegram: long polling into the ledger, and replies out of it.
struct TelegramBot: Sendable {
    let api: BotAPI
    let ledger: any Ledger
    let link: TelegramLink
    let gateway: GatewayHeartbeat
    let lease: Lease
    let retry: Backoff
    let wait: Duration
    let owner: Int64?
    let admins: Set<Int64>
    let log: Log
    let restart: @Sendable () -> Void
    /// Until then another poll may belong to the previous process; Telegram ends it by itself.
    let conflictGraceEnd: SuspendingClock.Instant

    /// How long the previous process's poll may stay open after the start of a process.
    static let conflictGrace = Duration.seconds(60)

    /// The pause after a conflict under a lease.
    private static let conflictPause = Duration.milliseconds(300)

    /// Polls until cancelled.
    ///
    /// An outage is waited out here: ledger and offset stay, and `/health` reports degraded, then unhealthy if it
    /// lasts. Only problems that need a restart end it: a bad token, a duplicate bot, a broken ledger.
    func run(_ health: HealthMonitor) async throws {
        do {
            try await work(health)
        } catch let error as LedgerError where error.errorClass == .network() {
            // A new process would find the same outage: a launcher leaves a bot alone that has lost its connection.
            gateway.noteDisconnected()
            throw error
        }
    }

    private func work(_ health: HealthMonitor) async throws {
        // Before the first poll and the first reply: from here on the ledger refuses an earlier holder of the lease.
        try await ledger.open()
        let me = try await greet()
        log(.info, "connected to Telegram as @\(me.username ?? String(me.id))")
        let casino = Casino(owner: owner, admins: admins, botName: me.username)
        let (wakeUps, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        wake.yield()
        let sender = ReplySender(
            api: api, ledger: ledger, link: link, lease: lease, health: health, retry: retry, log: log)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sender.run(wakeUps) }
            group.addTask { try await poll(health, casino) { wake.yield() } }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Its answer says who the bot is, and nothing of the connection: only an answered poll does.
    private func greet() async throws -> TelegramUser {
        do {
            return try await api.getMe()
        } catch let error as TelegramError {
            note(error)
            throw error
        }
    }

    /// Reports a failed call to the watchdog: a bot that must slow down is not disconnected.
    private func note(_ error: TelegramError) {
        switch error {
        case .tooManyRequests(let retryAfter): gateway.noteAskedToWait(retryAfter ?? .zero)
        case .unreachable, .unreadable, .server: gateway.noteDisconnected()
        case .badToken, .conflict, .webhookIsSet, .refused: break
        }
    }

    // MARK: In

    private func poll(_ health: HealthMonitor, _ casino: Casino, wakeSender: @Sendable () -> Void) async throws {
        var offset: Int64?
        var failures = 0
        var wasEmpty = false
        var unapplied = 0
        // After an outage a poll that does not wait shows at once that it is over, also on a quiet night.
        var wait = wait
        // A minute of empty polls, when each may wait for 30 s.
        var deafness = Deafness(interval: max(self.wait * 2, .milliseconds(500)))
        let clock = SuspendingClock()
        while true {
            try Task.checkCancellation()
            let start = clock.now
            let updates: [TelegramUpdate]
            do {
                let answer = try await api.getUpdates(offset: offset, wait: wait)
                updates = answer.readable
                if answer.dropped > 0 {
                    log(.warning, "updates without a readable update_id: \(answer.dropped); the bot skips them")
                }
                // The offset has confirmed every applied update.
                if offset != nil { try await forgetOldUpdates() }
            } catch let error as TelegramError {
                var delay = max(retry.delay(failures), .milliseconds(500))
                switch error {
                case .conflict(let words):
                    if words.contains("webhook") { throw await webhookError(error) }
                    if lease.name != nil {
                        // The earlier holder's poll aborts this one, or is aborted by it. The fence tells who goes on.
                        try await ledger.checkFence()
                        noteConflict(error, failures)
                        failures += 1
                        try await Task.sleep(for: Self.conflictPause, clock: .suspending)
                        continue
                    }
                    // An immediate retry would prolong the conflict, which may end by itself.
                    guard SuspendingClock.now < conflictGraceEnd else { throw error }
                    delay = min(delay, .seconds(5))
                    log(
                        .info,
                        "the poll of the earlier process may still be open (409); retrying in \(delay.components.seconds) s"
                    )
                case .badToken, .refused: throw error
                case .tooManyRequests, .webhookIsSet, .server, .unreachable, .unreadable:
                    link.failed(error)
                    note(error)
                    wait = .zero
                    if case .tooManyRequests(let retryAfter?) = error { delay = max(delay, retryAfter) }
                    log(.warning, "\(error); retrying in \(delay.components.seconds) s")
                }
                failures += 1
                try await Task.sleep(for: delay, clock: .suspending)
                continue
            }
            // After a loss too, an answered poll makes the bot ready.
            if !wasEmpty || failures > 0 { gateway.noteReady() }
            failures = 0
            health.heartbeat()
            gateway.touch()
            // An empty answer is due after the waiting time; the extra time is the round trip.
            if updates.isEmpty { gateway.note(latency: max(.zero, clock.now - start - wait)) }
            if deafness.polled(updates: updates.count, at: clock.now), let info = await webhookInfo() {
                deafness.looked(pending: info.pendingUpdateCount ?? 0, webhook: info.webhookHost)
            }
            if let news = link.answered(deafness.finding) { log(.warning, "\(news)") }
            wasEmpty = updates.isEmpty
            wait = self.wait
            for update in updates.sorted(by: { $0.updateID < $1.updateID }) {
                guard let asksForRestart = try await health.attempt({ try await apply(update, casino, health) }) else {
                    unapplied += 1
                    break
                }
                unapplied = 0
                // Confirmed by the next poll, so only after the commit.
                offset = update.updateID < .max ? update.updateID + 1 : update.updateID
                if asksForRestart { restart() }
            }
            if !wasEmpty { wakeSender() }
            if unapplied > 0 {
                // Not committed, because another program locks the ledger, so not confirmed: Telegram redelivers it.
                link.failed(TelegramLink.Trouble(description: "an update is not applied yet; the bot tries it again"))
                let delay = max(retry.delay(unapplied - 1), Duration.milliseconds(500))
                try await Task.sleep(for: delay, clock: .suspending)
            }
            if !wasEmpty { continue }
            // A server that answers at once instead of waiting must not get thousands of requests a second.
            if clock.now - start < .milliseconds(250) {
                try await Task.sleep(for: .milliseconds(250), clock: .suspending)
            }
        }
    }

    /// Under a lease a conflict ends with the earlier holder; one that lasts is a bot without this lease.
    private func noteConflict(_ error: TelegramError, _ failures: Int) {
        if SuspendingClock.now >= conflictGraceEnd { link.failed(error) }
        guard failures.isMultiple(of: 100) else { return }
        log(
            .warning,
            failures == 0 ? "another poll is still open (409); this bot holds the lease and goes on" : "\(error)")
    }

    /// Applies an update; returns whether it requests a restart of the bot.
    private func apply(_ update: TelegramUpdate, _ casino: Casino, _ health: HealthMonitor) async throws -> Bool {
        if let message = update.message, let target = message.migrateToChatID {
            try await ledger.migrate(from: message.chat.id, to: target)
        }
        guard let incoming = update.incoming, casino.concerns(incoming) else {
            try await ledger.skip(update.updateID)
            return false
        }
        let effects = try await ledger.apply(incoming, by: casino) { HealthLine.text(health.report()) }
        return effects?.restartsBot ?? false
    }

    /// A locked ledger is no problem here: old ids can be forgotten later.
    private func forgetOldUpdates() async throws {
        do {
            try await ledger.forgetOldUpdates()
        } catch let error as LedgerError where error.errorClass == .failure || error.errorClass == .network() {
            log(.debug, "\(error)")
        }
    }

    /// Names the webhook that takes the updates.
    private func webhookError(_ conflict: TelegramError) async -> TelegramError {
        guard let info = await webhookInfo() else { return .webhookIsSet(host: nil) }
        return info.webhookHost.map { .webhookIsSet(host: $0) } ?? conflict
    }

    private func webhookInfo() async -> TelegramWebhookInfo? {
        do {
            return try await api.getWebhookInfo()
        } catch {
            log(.debug, "getWebhookInfo: \(error)")
            return nil
        }
    }
}

/// The answer to `/health` in the chat.
enum HealthLine {
    static func text(_ report: HealthReport) -> String {
        let rate = (report.errorRate * 10_000).rounded() / 100
        let head =
            "\(report.status.rawValue): up \(report.uptime.components.seconds) s, \(report.totalUpdates) updates, "
            + "\(report.totalErrors) errors (\(rate) %), \(report.restarts) restarts"
        return ([head] + report.reasons).joined(separator: "\n")
    }
}
