import KeepAliveCurl
import KeepAliveKit

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

let version = "1.0.0-rc.1"

let options: Options
do {
    var arguments = CommandLine.arguments
    // Swift's runtime loses them when a preloaded library has changed the environment; the kernel has them still.
    if arguments.isEmpty, let kept = try? Data(contentsOf: URL(filePath: "/proc/self/cmdline")) {
        arguments = kept.split(separator: 0, omittingEmptySubsequences: false).dropLast()
            .map { String(decoding: $0, as: UTF8.self) }
    }
    // When /proc is hidden, not even the program's name is found: that must not count as "no arguments".
    guard !arguments.isEmpty else {
        throw Options.UsageError(description: "the command line cannot be read: mount /proc")
    }
    options = try Options(arguments.dropFirst())
} catch {
    let end = "\(error)".hasSuffix("?") ? "" : "."
    Terminal.complain("casino-bot: \(error)\(end) Try casino-bot --help.")
    exit(64)
}
if options.showsHelp {
    print(Options.help)
    exit(0)
}
if options.showsVersion {
    print("casino-bot \(version)")
    exit(0)
}

if options.migrates { exit(MigrateCommand.run(options)) }

await KeepAlive.main {
    let settings = try BotSettings(
        options: options,
        variables: try Configuration.variables(
            environmentFile: options.environmentFile, allowingFilesFor: BotSettings.variables))
    let gateway = GatewayHeartbeat()
    let keepAlive = try KeepAlive(
        name: "Casino Bot", version: version, configuration: settings.keepAlive, secrets: settings.secrets,
        gateway: gateway)
    let ledger = LedgerAccess { try makeLedger(settings, keepAlive) }
    let client = HTTPClient(userAgent: "casino-bot/\(version)")

    keepAlive.check("database", critical: true, every: .seconds(15)) { try await ledger.opened().ping() }
    if settings.database == nil {
        // Not critical: a restart would lose what a person may still save.
        keepAlive.check("database_file", every: .seconds(15)) { try await ledger.checkFile() }
    }
    if let token = settings.cryptoPayToken {
        let api = CryptoPay(token: token, client: client)
        keepAlive.check("crypto_pay", every: .seconds(60), timeout: .seconds(15)) { try await api.ping() }
    }
    let ping = settings.externalURL.map { url in
        let ping = SelfPing(url: url, interval: settings.heartbeatInterval, client: client, log: keepAlive.log)
        return Task { await ping.run() }
    }
    defer { ping?.cancel() }

    if settings.isDemo {
        try await runDemo(keepAlive, gateway, ledger)
    } else {
        try await runTelegram(keepAlive, gateway, ledger, settings, client)
    }
    await client.shutDown()
    // A server needs no goodbye, and one that does not answer would hold up the end.
    if settings.database == nil { await ledger.close() }
}

func makeLedger(_ settings: BotSettings, _ keepAlive: KeepAlive) throws -> any Ledger {
    let (lease, log) = (keepAlive.lease, keepAlive.log)
    guard let database = settings.database else {
        if let name = lease.name {
            log(.warning, "lease \(name) without DATABASE_URL: each machine has a ledger of its own; set DATABASE_URL")
        }
        return try SQLiteLedger(path: settings.databasePath)
    }
    log(.info, "the ledger is in \(database); DATABASE_PATH is not used")
    let fence = LedgerFence(lease: lease.name ?? "", epoch: lease.epoch ?? 0)
    return PostgreSQLLedger(database, fence) { error in
        log(.error, "\(error); exiting with 75")
        // At once: whatever this process does now, the other one does too.
        _exit(75)
    }
}

func runTelegram(
    _ keepAlive: KeepAlive, _ gateway: GatewayHeartbeat, _ ledger: LedgerAccess, _ settings: BotSettings,
    _ client: HTTPClient
) async throws {
    let link = TelegramLink()
    keepAlive.check("telegram", every: .seconds(2)) { try link.checkConnection() }
    keepAlive.check("telegram_updates", every: .seconds(2)) { try link.checkDeafness() }
    keepAlive.check("replies", every: .seconds(2)) { try link.checkReplies(await ledger.opened().backlog()) }
    let api = BotAPI(baseURL: settings.apiURL, token: settings.token, client: client)
    let conflictGraceEnd = SuspendingClock.now.advanced(by: TelegramBot.conflictGrace)
    try await keepAlive.run { health in
        let bot = TelegramBot(
            api: api, ledger: try await ledger.open(keepAlive.log), link: link, gateway: gateway,
            lease: keepAlive.lease, retry: settings.keepAlive.backoff, wait: settings.pollTime, owner: settings.owner,
            admins: settings.admins, log: keepAlive.log, restart: { keepAlive.restart() },
            conflictGraceEnd: conflictGraceEnd)
        try await bot.run(health)
    }
}

func runDemo(_ keepAlive: KeepAlive, _ gateway: GatewayHeartbeat, _ ledger: LedgerAccess) async throws {
    let console = Console.ofTerminal()
    console?.show("Demo casino: play money, simulated players. Type /help to play along, Ctrl-C to stop.")
    try await keepAlive.run { health in
        let demo = DemoChat(
            ledger: try await ledger.open(keepAlive.log), gateway: gateway, console: console,
            restart: { keepAlive.restart() })
        try await demo.run(health)
    }
}
