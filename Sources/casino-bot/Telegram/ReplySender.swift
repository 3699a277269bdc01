import KeepAliveKit

/// Sends the ledger's replies, each chat in its own lane.
///
/// At least once: a reply leaves the ledger only after Telegram has taken it. The lanes decide when; this type sends.
struct ReplySender: Sendable {
    let api: BotAPI
    let ledger: any Ledger
    let link: TelegramLink
    let lease: Lease
    let health: HealthMonitor
    let retry: Backoff
    let log: Log

    private enum Event: Sendable {
        /// The ledger has new replies.
        case woken
        /// A scheduled time has come.
        case due
        case settled(ReplyLanes.Lane)
        case failed(ReplyLanes.Lane, TelegramError)
    }

    /// Sends until cancelled.
    ///
    /// - Parameter wakeUps: one for each addition of replies, and one for replies of an earlier process.
    /// - Throws: `LedgerError`, or `TelegramError.badToken`.
    func run(_ wakeUps: AsyncStream<Void>) async throws {
        let (events, post) = AsyncStream.makeStream(of: Event.self)
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                for await _ in wakeUps { post.yield(.woken) }
                post.finish()
            }
            var lanes = ReplyLanes()
            var last: Int64 = 0
            var timer: SuspendingClock.Instant?
            for await event in events {
                switch event {
                case .woken:
                    for waiting in try await ledger.waitingReplies(after: last) {
                        let lane = waiting.chat.map { ReplyLanes.Lane.chat($0) } ?? .button(waiting.id)
                        let until = waiting.wait > .zero ? SuspendingClock.now.advanced(by: waiting.wait) : nil
                        lanes.add(waiting.id, to: lane, notBefore: until)
                        if let until { link.replies(of: lane, waitUntil: until) }
                        last = waiting.id
                    }
                case .due: timer = nil
                case .settled(let lane):
                    lanes.settled(lane, at: .now)
                    link.replies(of: lane, waitUntil: nil)
                case .failed(let lane, let error): park(lane, error, &lanes)
                }
                act: while true {
                    switch lanes.next(at: .now) {
                    case .send(let id, let lane):
                        group.addTask { post.yield(try await send(id, lane)) }
                    case .wait(let until):
                        if timer.map({ until < $0 }) ?? true {
                            timer = until
                            group.addTask {
                                try? await Task.sleep(until: until, clock: .suspending)
                                post.yield(.due)
                            }
                        }
                        break act
                    case .nothing: break act
                    }
                }
            }
            try Task.checkCancellation()
        }
    }

    private func send(_ id: Int64, _ lane: ReplyLanes.Lane) async throws -> Event {
        guard let reply = try await ledger.reply(id) else { return .settled(lane) }
        do {
            try await sendToTheEnd(reply, within: try await timeUnderLease())
        } catch let error as TelegramError {
            switch error {
            case .refused(_, _, _, let target?) where reply.chat.map({ $0 != target }) ?? false:
                try await whenUnlocked { try await ledger.migrate(from: reply.chat ?? target, to: target) }
                return .failed(lane, error)
            case .refused:
                // Dropped for good: retries would block its chat.
                health.recordError()
                log(.warning, "a reply is dropped: \(error)")
            case .badToken:
                throw error
            case .tooManyRequests(let retryAfter):
                if let retryAfter {
                    try await whenUnlocked { try await ledger.delay(id, to: reply.chat, by: retryAfter) }
                }
                return .failed(lane, error)
            case .conflict, .webhookIsSet, .server, .unreachable, .unreadable:
                return .failed(lane, error)
            }
        }
        try await whenUnlocked { try await ledger.settle(id) }
        return .settled(lane)
    }

    /// How long a request may take, so that it is over before the lease is. While little is left, it waits: either the
    /// launcher renews the lease, or this process ends.
    private func timeUnderLease() async throws -> Duration {
        while !lease.isHeld(for: .seconds(1)) {
            try await Task.sleep(for: .milliseconds(100), clock: .suspending)
        }
        return min(BotAPI.sendTimeout, lease.heldFor ?? BotAPI.sendTimeout)
    }

    /// Writes to the ledger, and waits while it cannot be reached or another program locks it: a sent reply must not be
    /// sent twice.
    private func whenUnlocked(_ write: () async throws -> Void) async throws {
        while true {
            do {
                return try await write()
            } catch let error as LedgerError where error.errorClass == .failure || error.errorClass == .network() {
                log(.warning, "\(error); trying again")
                try await Task.sleep(for: .seconds(1), clock: .suspending)
            }
        }
    }

    /// Sends a reply, and completes the request even while the bot stops: an interrupted reply would be sent twice.
    private func sendToTheEnd(_ reply: Reply, within timeout: Duration) async throws {
        let sending = Task { try await api.send(reply, within: timeout) }
        try await withTaskCancellationHandler {
            try await sending.value
        } onCancel: {
            Task {
                try await Task.sleep(for: .seconds(2), clock: .suspending)
                sending.cancel()
            }
        }
    }

    /// Makes a lane wait.
    private func park(_ lane: ReplyLanes.Lane, _ error: TelegramError, _ lanes: inout ReplyLanes) {
        let now = SuspendingClock.now
        switch error {
        case .refused:
            // The group has become a supergroup: retry soon, with its new chat.
            _ = lanes.failed(lane, at: now, retry: Backoff(initial: .milliseconds(100)), atLeast: .zero)
        case .tooManyRequests(let retryAfter):
            let delay = lanes.failed(lane, at: now, retry: retry, atLeast: max(retryAfter ?? .zero, .milliseconds(500)))
            link.replies(of: lane, waitUntil: now.advanced(by: delay))
            let count = lanes.count(in: lane)
            log(
                .warning,
                "\(count == 1 ? "a reply waits" : "\(count) replies to one chat wait"): \(error); retrying in "
                    + "\(delay.components.seconds) s, other chats are served")
        case .badToken, .conflict, .webhookIsSet, .server, .unreachable, .unreadable:
            let delay = lanes.failed(lane, at: now, retry: retry, atLeast: .milliseconds(500), isOutage: true)
            log(.warning, "replies wait: \(error); retrying in \(delay.components.seconds) s")
        }
    }
}
