import KeepAliveLease
import KeepAliveLeaseStore
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// What follows the launcher's end: the bot ends, then the lease is released. Nothing else has to go on, so it waits.
struct Farewell {
    let settings: KeeperSettings
    let address: PostgreSQLAddress
    let statements: LeaseStatements
    let bot: BotGuard
    let log: KeeperLog

    private var timeToLive: Duration { .milliseconds(settings.timeToLiveMilliseconds) }

    /// - Parameter held: the lease that the launcher left.
    func run(_ held: Held) {
        let running = bot.named
        // A lease that nobody renews has run out by then; others do not wait for a release.
        let end =
            running?.deadline.map { Duration.nanoseconds(Int64(clamping: $0)) }
            ?? BootClock.now() + timeToLive
        if let running {
            log.write("warning: the launcher is gone; stopping the bot (process group \(running.id))")
            guard endBot(running.id, by: end) else {
                log.write("error: the bot's processes do not end; the lease is left to run out")
                return
            }
        }
        // Late is better than never: the statement changes nothing that has passed on.
        if let release = held.release(Beat()).flatMap(statements.query) {
            Self.release(release, at: address, by: max(end, BootClock.now() + .seconds(5)), log)
        }
    }

    /// Ends the bot with all its processes: SIGTERM, the launcher's grace period as far as the lease allows, SIGKILL.
    ///
    /// - Returns: whether nothing is left of it.
    private func endBot(_ group: Int32, by end: Duration) -> Bool {
        if !remains(of: group).isEmpty {
            kill(-group, SIGTERM)
            kill(-group, SIGCONT)
        }
        // It may have joined another group (setpgid(2)). The kernel sent it SIGTERM when the launcher ended.
        bot.signal(SIGCONT)
        let killFrom = min(BootClock.now() + .milliseconds(Int64(settings.graceMilliseconds)), end - timeToLive / 50)
        var hasKilled = false
        while true {
            if remains(of: group).isEmpty, !bot.isRunning { return true }
            let now = BootClock.now()
            // Children that outlive the bot end with it.
            if now >= killFrom || !bot.isRunning {
                if !hasKilled {
                    kill(-group, SIGKILL)
                    bot.signal(SIGKILL)
                }
                hasKilled = true
                for process in remains(of: group) { kill(process, SIGKILL) }
            }
            if now >= end + timeToLive { return false }
            OSThread.rest(milliseconds: 20)
        }
    }

    /// The living processes of the bot: of its group, and those that left it but carry this launcher's label. A name and
    /// an epoch may come twice, in two databases.
    private func remains(of group: Int32) -> [Int32] {
        let own = getpid()
        let mark = "\(KeeperSettings.holderVariable)=\(settings.label)"
        return ProcessTable.read().byID.values.filter { process in
            process.id != own && !process.isZombie
                && (process.group == group || ProcessTable.has(mark, process.id))
        }
        .map(\.id)
    }

    /// Releases the lease, in several attempts while that is of use.
    static func release(_ query: PostgreSQLQuery, at address: PostgreSQLAddress, by end: Duration, _ log: KeeperLog) {
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
