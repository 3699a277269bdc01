import KeepAliveKit
import KeepAliveLease
import KeepAliveLeaseStore
import KeepAlivePlatform
import KeepAlivePostgreSQL
import KeepAliveToolSupport

func end(_ message: String, code: Int32) -> Never {
    KeeperLog().write("lease-keeper: \(message)".escapedForTerminal)
    exit(code)
}

let options: Options
do {
    options = try Options(ProgramStart.begin("lease-keeper"))
} catch {
    end(error.advice(from: "lease-keeper"), code: 64)
}
if options.showsHelp {
    print(Options.help)
    exit(0)
}
if options.showsVersion {
    print("lease-keeper \(kitVersion)")
    exit(0)
}
if options.checksAddress {
    guard let url = RawEnvironment.variables["LEASE_URL"], !url.isEmpty else {
        end("LEASE_URL is not set: give the server's address, e.g. postgres://user@db.example/name", code: 78)
    }
    do throws(PostgreSQLError) {
        _ = try PostgreSQLAddress(url)
        exit(0)
    } catch {
        end("LEASE_URL (hidden) is not allowed: \(error.message)", code: 78)
    }
}

// The terminal and the service manager signal the whole group: the launcher decides when the lease ends.
SignalRelay.ignore([SIGTERM, SIGINT, SIGHUP, SIGPIPE])
guard let settings = KeeperSettings(environment: RawEnvironment.variables) else {
    end(
        "the launcher starts this program; it is not started by hand. To run a bot with a standby, set LEASE_URL and "
            + "start the launcher on each machine. Try lease-keeper --help.", code: 64)
}
do {
    let channel = try PacketSocket(owning: settings.channel)
    let log = KeeperLog()
    // The keeper before this one may be ending, and a look at the lock holds it for an instant.
    var lock: LockFile?
    for _ in 0..<50 where lock == nil {
        lock = try LockFile(path: settings.lockPath)
        if lock == nil { OSThread.rest(milliseconds: 20) }
    }
    guard lock != nil else { end("another lease-keeper holds \(settings.lockPath); it ends by itself", code: 75) }
    let address: PostgreSQLAddress
    do {
        address = try PostgreSQLAddress(settings.url)
    } catch {
        // The launcher logs it, and ends.
        let refusal = KeeperAnswer.refused(exit: 78, words: "LEASE_URL: \(error.message)")
        try? channel.send(KeeperMessage(0, refusal).packet)
        exit(78)
    }
    let statements = LeaseStatements(settings)
    let timeToLive = Duration.milliseconds(settings.timeToLiveMilliseconds)
    let bot = try BotGuard(log: log)
    // Before the launcher's own limit, so that it hears why.
    let limit = LeaseTimes(timeToLive: timeToLive).giveUp * 4 / 5
    var keeper = Keeper(channel, bot: bot, store: LeaseStore(address, statements, limit: limit), log: log)
    let held = keeper.run()
    Farewell(settings: settings, address: address, statements: statements, bot: bot, log: log).run(held)
    endProcess(0)
} catch {
    end("\(error)", code: error.isPassingShortage ? 71 : 78)
}
