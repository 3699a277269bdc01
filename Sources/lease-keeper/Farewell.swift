import KeepAliveLease
import KeepAliveLeaseStore
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// What follows the launcher's end: the bot ends, then the lease is released. Nothing else has to go on, so it waits.
struct Farewell {
    /// As long as the launcher's default for SHUTDOWN_TIMEOUT_SEC; the lease's deadline bounds it.
    private static let grace = Duration.seconds(8)

    let settings: KeeperSettings
    let timeToLive: Duration
    let address: PostgreSQLAddress
    let statements: LeaseStatements
    let bot: BotGuard
    let log: KeeperLog

    /// - Parameter held: the lease that the launcher left.
    func run(_ held: Held) {
        let running = bot.named
        // A lease that nobody renews has run out by then; others do not wait for a release.
        let end =
            running?.deadline.map { Duration.nanoseconds(Int64(clamping: $0)) }
            ?? BootClock.now() + timeToLive
        if let running {
            log.write("warning: the launcher is gone; stopping the bot (process group \(running.id))")
            guard endBot(running.id, of: held.epoch, by: end) else {
                log.write("error: the bot's processes do not end; the lease is left to run out")
                return
            }
        }
        // Late is better than never: the statement changes nothing that has passed on.
        if let release = held.release(Beat()) { self.release(release, by: max(end, BootClock.now() + .seconds(5))) }
    }

    /// Ends the bot with all its processes: SIGTERM, the grace period as far as the lease allows, SIGKILL.
    ///
    /// - Returns: whether nothing is left of it.
    private func endBot(_ group: Int32, of epoch: Int64?, by end: Duration) -> Bool {
        if !remains(of: group, epoch).isEmpty {
            kill(-group, SIGTERM)
            kill(-group, SIGCONT)
        }
        let killFrom = min(BootClock.now() + Self.grace, end - timeToLive / 50)
        var hasKilled = false
        while true {
            if remains(of: group, epoch).isEmpty { return true }
            let now = BootClock.now()
            // Children that outlive the bot end with it.
            if now >= killFrom || !bot.isRunning {
                if !hasKilled { kill(-group, SIGKILL) }
                hasKilled = true
                for process in remains(of: group, epoch) { kill(process, SIGKILL) }
            }
            if now >= end + timeToLive { return false }
            OSThread.rest(milliseconds: 20)
        }
    }

    /// The living processes of the bot: of its group, and those that left it but carry the lease's name and epoch.
    private func remains(of group: Int32, _ epoch: Int64?) -> [Int32] {
        let own = getpid()
        let marks = epoch.map { ["KEEPALIVE_LEASE_NAME=\(settings.name)", "KEEPALIVE_LEASE_EPOCH=\($0)"] }
        return ProcessTable.read().byID.values.filter { process in
            process.id != own && !process.isZombie
                && (process.group == group || marks?.allSatisfy { ProcessTable.has($0, process.id) } == true)
        }
        .map(\.id)
    }

    /// Releases the lease, in several attempts while that is of use.
    private func release(_ request: KeeperRequest, by end: Duration) {
        guard let query = statements.query(request) else { return }
        var failure: PostgreSQLError?
        while true {
            let left = min(end - BootClock.now(), .seconds(2))
            guard left > .zero else { break }
            do throws(PostgreSQLError) {
                let connection = try PostgreSQLConnection.connect(
                    to: address, application: "lease-keeper", within: left)
                let result = try connection.query(query.sql, query.parameters, within: left)
                log.write(
                    result.rows.isEmpty
                        ? "the lease had passed on already" : "released the lease; a standby may take it at once")
                return
            } catch {
                failure = error
                OSThread.rest(milliseconds: 200)
            }
        }
        log.write(
            "warning: the lease was not released: \(failure?.message ?? "its time is over"); standbys wait until it "
                + "runs out")
    }
}
