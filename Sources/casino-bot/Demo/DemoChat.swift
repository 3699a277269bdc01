import KeepAliveKit

/// A casino without Telegram: simulated players keep it busy, and the person at the terminal plays along. It uses the
/// real ledger, health server and restart loop.
struct DemoChat: Sendable {
    /// The person at the terminal; also the owner, so that every command can be tried.
    static let person: Int64 = 1
    private static let simulated: ClosedRange<Int64> = 1001...1008

    let ledger: any Ledger
    let gateway: GatewayHeartbeat
    let console: Console?
    let restart: @Sendable () -> Void

    /// Plays until cancelled.
    func run(_ health: HealthMonitor) async throws {
        try await ledger.open()
        gateway.noteReady()
        let casino = Casino(owner: Self.person, admins: [], botName: nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await simulate(health, casino) }
            if let console {
                group.addTask {
                    for await line in console.lines() { try await play(line, as: Self.person, health, casino) }
                    // The bot continues after the end of the input.
                    try await Task.sleep(for: .seconds(Int64.max >> 24), clock: .suspending)
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func simulate(_ health: HealthMonitor, _ casino: Casino) async throws {
        var random = SystemRandomNumberGenerator()
        while true {
            try await Task.sleep(for: .milliseconds(Int.random(in: 200...1500, using: &random)), clock: .suspending)
            health.heartbeat()
            gateway.touch()
            let bet = Int.random(in: 1...50, using: &random)
            let text =
                [
                    "/dice \(bet)", "/flip heads \(bet)", "/flip tails \(bet)", "/slots \(bet)", "/bonus", "/balance",
                    "/top",
                ]
                .randomElement(using: &random) ?? "/help"
            let player = Int64.random(in: Self.simulated, using: &random)
            try await play(text, as: player, health, casino)
        }
    }

    private func play(_ text: String, as player: Int64, _ health: HealthMonitor, _ casino: Casino) async throws {
        let asksForRestart = try await health.attempt {
            let update = Incoming(
                updateID: try await ledger.nextLocalUpdate(), userID: player, chatID: player, text: text)
            let effects = try await ledger.apply(update, by: casino) { HealthLine.text(health.report()) }
            for pending in try await ledger.pendingReplies() {
                show(pending.reply)
                try await ledger.settle(pending.id)
            }
            return effects?.restartsBot ?? false
        }
        if asksForRestart ?? false { restart() }
    }

    private func show(_ reply: Reply) {
        guard let console, reply.chat == Self.person else { return }
        switch reply {
        case .message(_, _, let text, _): console.show(text)
        case .dice: console.show("🎲 \(Int.random(in: 1...6))")
        case .answerCallback: break
        }
    }
}
