import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

/// One check of each target, and test messages, without the daemon.
extension Monitor {
    /// How long `--once --alert` waits for its channels.
    private static let patience = Duration.seconds(20)

    /// Checks the targets once.
    ///
    /// - Throws: as `checkOnce`.
    func carryOutOnce(sendsAlerts: Bool, restarts: Bool) async throws -> OnceReport {
        var once = configuration.ofOwnVantage
        if once.vantage != nil, sendsAlerts || restarts {
            throw KeepAliveError.configuration([
                "vantage: the monitor that leads sends the alerts of all, and a running monitor restarts services; "
                    + "use --once without --alert and --restart"
            ])
        }
        once.alertsAtOnce(sendsAlerts)
        let report: OnceReport
        if sendsAlerts || restarts { try prepareState() }
        if sendsAlerts {
            let lock = try takeLock()
            let history = try await openHistory()
            let board = StatusBoard(once.targets, states: await history.states(), marks: await history.marks())
            let insights = makeInsights()
            let telemetry = Telemetry(board: board, insights: insights)
            telemetry.read(makeReader(), of: board.names, log: log)
            let loop = loop(once, board, restarts: restarts ? .leavesIt : nil) {
                await history.record($0, state: $1, events: $2, channels: $3)
                await telemetry.note($0, events: $2)
            }
            try await runOnce(loop)
            await dispatcher(history, board).deliverAll(timeout: Self.patience)
            await insights?.flush(timeout: Self.lastWords)
            await history.close()
            withExtendedLifetime(lock) {}
            report = OnceReport(services: board.all, troubles: board.channelTroubles, time: .now())
        } else {
            let board = StatusBoard(once.targets)
            let telemetry = Telemetry(board: board)
            // Only with a running daemon: a mere reader of an unused file would leave its log behind.
            if configuration.databaseServer != nil || FileSystem.isReadable("\(configuration.databasePath)-shm") {
                let reader = makeReader()
                telemetry.read(reader, of: board.names, log: log)
                if let records = try? reader.pushes() { pushes.remember(records, now: .now(), wallNow: .now()) }
            }
            let loop = loop(once, board, restarts: restarts ? .leavesIt : nil) { record, _, events, _ in
                await telemetry.note(record, events: events)
            }
            try await runOnce(loop)
            report = OnceReport(services: board.all, time: .now())
        }
        await client.shutDown()
        return report
    }

    private func runOnce(_ loop: CheckLoop) async throws(KeepAliveError) {
        let guardian = try startGuard(notifier: nil)
        await loop.runOnce()
        guardian.stop()
    }

    /// Sends a test message to every channel and prints each answer. Returns whether all accepted it.
    func sendTestAlerts() async -> Bool {
        if configuration.channels.isEmpty { print("no channel is configured: add one to channels") }
        let now = WallTime.now().microseconds
        let event = AlertEvent(
            kind: .test, service: "health-monitor", severity: .warning,
            message: "a test: alerts reach this channel", triggeredAt: now, happenedAt: now)
        var allTookIt = !configuration.channels.isEmpty
        for channel in configuration.channels {
            let delivery = await channel.send(event, key: "test-\(now)", with: client)
            switch delivery.outcome {
            case .delivered:
                let more = [delivery.missing, channel.advice].compactMap { $0 }.map { "; \($0)" }.joined()
                print(log.redact("\(channel.name): delivered\(more)"))
            case .failed(let reason):
                print(log.redact("\(channel.name): failed, and a real alert would be retried: \(reason)"))
                allTookIt = false
            case .refused(let reason):
                print(log.redact("\(channel.name): refused: \(reason)"))
                allTookIt = false
            }
        }
        await client.shutDown()
        return allTookIt
    }
}
