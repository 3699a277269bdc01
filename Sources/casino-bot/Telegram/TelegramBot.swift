import KeepAliveKit

/// The casino on Telegram: long polling into the ledger, and replies out of it.
struct TelegramBot: Sendable {
    let api: BotAPI
    let ledger: Ledger
    let link: TelegramLink
    let gateway: GatewayHeartbeat
    let retry: Backoff
    let wait: Duration
    let owner: Int64?
    let admins: Set<Int64>
    let log: Log
    let restart: @Sendable () -> Void

    /// Polls until cancelled.
    ///
    /// An outage is waited out in here: the ledger and the offset stay, and `/health` says degraded, then unhealthy once
    /// it has lasted. What ends it is what a new start has to deal with: a bad token, a second copy, a broken ledger.
    func run(_ health: HealthMonitor) async throws {
        let me = try await greet()
        health.heartbeat()
        log(.info, "connected to Telegram as @\(me.username ?? String(me.id))")
        let casino = Casino(owner: owner, admins: admins, botName: me.username)
        let (wakeUps, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        wake.yield()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sendReplies(wakeUps) }
            group.addTask { try await poll(health, casino) { wake.yield() } }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func greet() async throws -> TelegramUser {
        let clock = SuspendingClock()
        let start = clock.now
        do {
            let me = try await api.getMe()
            gateway.noteConnected()
            gateway.note(latency: clock.now - start)
            link.answered(updates: 0)
            return me
        } catch let error as TelegramError {
            note(error)
            throw error
        }
    }

    /// Tells the watchdog what a failed call says of the connection: who is asked to slow down is not disconnected.
    private func note(_ error: TelegramError) {
        switch error {
        case .tooManyRequests(let retryAfter): gateway.noteAskedToWait(retryAfter ?? .zero)
        case .unreachable, .unreadable, .server: gateway.noteDisconnected()
        case .badToken, .conflict, .refused: break
        }
    }

    // MARK: In

    private func poll(_ health: HealthMonitor, _ casino: Casino, wakeSender: @Sendable () -> Void) async throws {
        var offset: Int64?
        var failures = 0
        var emptyPolls = 0
        let clock = SuspendingClock()
        while true {
            try Task.checkCancellation()
            let start = clock.now
            let updates: [TelegramUpdate]
            do {
                updates = try await api.getUpdates(offset: offset, wait: wait)
            } catch let error as TelegramError {
                guard case .network(let retryAfter) = error.errorClass, !error.isConflict else { throw error }
                link.failed(error)
                note(error)
                let delay = max(retry.delay(failures), retryAfter ?? .zero, .milliseconds(500))
                failures += 1
                log(.warn, "\(error); next poll in \(delay.components.seconds) s")
                try await Task.sleep(for: delay, clock: .suspending)
                continue
            }
            // After a loss too, an answered poll is what makes the bot ready again.
            if emptyPolls == 0 || failures > 0 { gateway.noteReady() }
            failures = 0
            link.answered(updates: updates.count)
            health.heartbeat()
            gateway.touch()
            // An empty answer is due after the waiting time; what it took beyond is the way there and back.
            if updates.isEmpty { gateway.note(latency: max(.zero, clock.now - start - wait)) }
            for update in updates.sorted(by: { $0.updateID < $1.updateID }) {
                let asksForRestart = try await health.handling { try await apply(update, casino, health) }
                // Confirmed by the next poll, and so only after the commit.
                offset = update.updateID < .max ? update.updateID + 1 : update.updateID
                if asksForRestart { restart() }
            }
            if !updates.isEmpty {
                emptyPolls = 0
                wakeSender()
                continue
            }
            emptyPolls += 1
            if emptyPolls.isMultiple(of: 3) { await lookForWaitingUpdates() }
            // A server that answers at once instead of waiting must not be asked thousands of times a second.
            if clock.now - start < .milliseconds(250) {
                try await Task.sleep(for: .milliseconds(250), clock: .suspending)
            }
        }
    }

    /// Applies an update; true when it asks for a restart of the bot.
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

    private func lookForWaitingUpdates() async {
        do {
            link.looked(pending: try await api.getWebhookInfo().pendingUpdateCount ?? 0)
        } catch {
            log(.debug, "getWebhookInfo: \(error)")
        }
    }

    // MARK: Out

    /// Sends what the ledger holds, oldest first, each time it is woken.
    private func sendReplies(_ wakeUps: AsyncStream<Void>) async throws {
        for await _ in wakeUps {
            var failures = 0
            while let next = try await ledger.pendingReplies(limit: 1).first {
                do {
                    try await sendToTheEnd(next.reply)
                    failures = 0
                    try await ledger.settle(next.id)
                } catch let error as TelegramError {
                    try await handle(error, of: next, failures: &failures)
                }
            }
        }
        try Task.checkCancellation()
    }

    /// Sends a reply, and lets it arrive when the bot is being stopped meanwhile: one that is cut off is sent again.
    private func sendToTheEnd(_ reply: Reply) async throws {
        let sending = Task { try await api.send(reply) }
        try await withTaskCancellationHandler {
            try await sending.value
        } onCancel: {
            Task {
                try await Task.sleep(for: .seconds(2), clock: .suspending)
                sending.cancel()
            }
        }
    }

    private func handle(_ error: TelegramError, of pending: Ledger.Pending, failures: inout Int) async throws {
        switch error {
        case .refused(_, _, _, let target?) where pending.reply.chat.map({ $0 != target }) ?? false:
            try await ledger.migrate(from: pending.reply.chat ?? target, to: target)
        case .refused:
            log(.warn, "a reply is dropped: \(error)")
            try await ledger.settle(pending.id)
        case .badToken:
            throw error
        case .conflict, .tooManyRequests, .server, .unreachable, .unreadable:
            var delay = max(retry.delay(failures), .milliseconds(500))
            if case .tooManyRequests(let retryAfter?) = error { delay = max(delay, retryAfter) }
            failures += 1
            log(.warn, "a reply waits: \(error); next try in \(delay.components.seconds) s")
            try await Task.sleep(for: delay, clock: .suspending)
        }
    }
}

extension TelegramError {
    /// Whether somebody else polls. Not waited out in the poll loop: asking again at once feeds the fight.
    fileprivate var isConflict: Bool {
        if case .conflict = self { true } else { false }
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
