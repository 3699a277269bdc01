import KeepAliveKit
import KeepAlivePlatform

/// Where the monitor's history is.
extension Monitor {
    /// Keeps other monitors away from the files that this one writes.
    func takeLock() throws(KeepAliveError) -> LockFile {
        guard configuration.databaseServer != nil else { return try HistoryLock.take(configuration.databasePath) }
        return try HistoryLock.takeFile(
            beside: configuration.reservePath,
            whereUsed:
                "another health-monitor uses the state folder \(configuration.stateFolder): stop it, or set another stateDir"
        )
    }

    /// - Parameter refused: called if a store that was away at first must not be used, once it answers.
    func openHistory(
        refused: @escaping @Sendable (KeepAliveError) -> Void = { _ in }
    ) async throws(KeepAliveError) -> History {
        let history = makeHistory { [health] in health.note(trouble: "history", $0) }
        await history.expect(delays: configuration.delays)
        // Among several monitors the leader retires services.
        try await history.start(
            watching: Set(configuration.targets.map(\.name)), channels: configuration.channels.map(\.name),
            retires: configuration.knowsEveryTarget && configuration.vantage == nil, refused: refused)
        if configuration.vantage != nil { await history.watchPushes() }
        return history
    }

    private func makeHistory(trouble: @escaping @Sendable (String?) -> Void) -> History {
        guard let server = configuration.databaseServer else {
            return History(
                path: configuration.databasePath, retentionDays: configuration.retentionDays, log: log, pushes: pushes,
                trouble: trouble)
        }
        return History(
            store: PostgreSQLStore(
                address: server, role: configuration.vantage.map { .vantage($0.name) } ?? .alone, log: log),
            reservePath: configuration.reservePath,
            retentionDays: configuration.retentionDays, log: log, pushes: pushes, pace: Outbox.Pace(),
            // A server that does not answer takes a second of each try.
            retryInterval: .seconds(5), clocksAgreeFor: .seconds(7200),
            alertsContinue: configuration.vantage == nil, trouble: trouble)
    }

    /// A new reader of the history.
    func makeReader() -> any HistoryReading & Sendable {
        configuration.databaseServer.map { PostgreSQLReader(address: $0) }
            ?? HistoryReader(path: configuration.databasePath)
    }
}

extension MonitorConfiguration {
    /// The file that keeps what alerts depend on while the history cannot be written.
    var reservePath: String {
        guard databaseServer != nil else { return databasePath + HistoryReserve.suffix }
        return (stateFolder == "." ? "" : "\(stateFolder)/") + "history" + HistoryReserve.suffix
    }
}
