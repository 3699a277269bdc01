import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// The launcher's variables, and the values that it passes to the bot.
struct LauncherSettings {
    let bot: String
    let isOwnBot: Bool
    /// The bot's own arguments, as bytes.
    let arguments: [[UInt8]]
    let health: Options.Health
    private(set) var stateDirectory: String
    /// The path of the counts for node_exporter's textfile collector.
    let metricsPath: String
    /// Whether that path was configured, so that other users may read it.
    let metricsAreForOthers: Bool
    let logPath: String
    let forgetsDelay: Bool
    let healthInterval: Duration
    let healthGrace: Duration
    let healthFailures: Int
    /// The most memory of the bot; nil without a limit.
    let memoryLimit: MemoryLimit.Setting?
    /// `BOT_WATCHDOG_SEC`; nil if unset.
    private let botWatchdog: Duration?
    let policy: RestartPolicy
    /// The time limit for the bot's end: its body's limit plus 2 s.
    let shutdownTimeout: Duration
    let logLevel: Log.Level
    let logFormat: Log.Format
    /// Whether the bot runs as a demo, which needs no token.
    let isDemo: Bool
    /// The lease that the bot needs; nil without one.
    let lease: LeaseSettings?
    /// The bot's variables, without the launcher's additions.
    let environment: [String: String]
    /// Secrets in files, which the bot reads itself.
    private let secretFiles: [[UInt8]]

    /// Reads every variable; errors go to the settings.
    init(_ options: Options, settings: inout Settings) {
        let kit = Configuration(reading: &settings)
        policy = RestartPolicy(backoff: kit.backoff, maxRestarts: kit.maxRestarts, resetAfter: kit.restartResetAfter)
        // The bot's own kit enforces the limit of its body first; the launcher waits a little longer.
        shutdownTimeout = kit.shutdownTimeout + .seconds(2)
        logLevel = kit.logLevel
        logFormat = kit.logFormat
        healthInterval = settings.seconds("HEALTH_INTERVAL_SEC", in: 1...86_400, default: .seconds(30))
        healthGrace = settings.seconds("HEALTH_GRACE_SEC", in: 0...86_400, default: .seconds(40))
        healthFailures = settings.integer("HEALTH_FAILURES", in: 1...1000, default: 3)
        let megabytes = settings.integer("MAX_MEMORY_MB", in: 1...16_777_216, default: 1)
        let period = settings.seconds("MAX_MEMORY_FOR_SEC", in: 1...86_400, default: .seconds(60))
        memoryLimit = settings.value("MAX_MEMORY_MB").map { _ in .init(megabytes: megabytes, period: period) }
        let watchdog = settings.seconds("BOT_WATCHDOG_SEC", in: 0...86_400, default: .seconds(60))
        botWatchdog = settings.value("BOT_WATCHDOG_SEC") == nil ? nil : watchdog
        health = options.health
        forgetsDelay = options.forgetsDelay
        isOwnBot = options.bot == nil
        bot = options.bot.map(Self.resolve) ?? "\(FileSystem.parent(of: Self.ownPath))/casino-bot"
        // They are at the end of our arguments.
        let raw = ProgramStart.rawArguments.suffix(options.botArguments.count)
        let isRaw = raw.map { String(decoding: $0, as: UTF8.self) } == options.botArguments
        arguments = isRaw ? Array(raw) : options.botArguments.map { Array($0.utf8) }
        let environment = Settings.processEnvironment
        let convention = StateConvention { [settings] in settings.value($0) }
        stateDirectory = FileSystem.absolute(options.stateDirectory ?? convention.launcher)
        metricsAreForOthers = settings.value("METRICS_FILE") != nil
        metricsPath = FileSystem.absolute(settings.value("METRICS_FILE") ?? "\(stateDirectory)/launcher.prom")
        let logs = environment["LOGS_DIRECTORY"].flatMap { $0.split(separator: ":").first.map(String.init) }
        logPath = (logs.map { "\($0)/" } ?? "") + "bot_launcher.log"
        // A bot that is not built on the kit reads no NAME_FILE and no credentials.
        self.environment = settings.resolving(
            options.bot == nil ? [] : options.required,
            in: settings.fileVariables.merging(environment) { $1.isEmpty ? $0 : $1 })
        isDemo =
            arguments.contains(Array("--demo".utf8))
            || ["true", "1", "yes", "on"].contains(settings.value("DEMO_MODE")?.lowercased() ?? "")
        lease = LeaseSettings(bot: bot, isDemo: isDemo, settings: &settings)
        secretFiles = settings.secretFiles
    }

    /// A running launcher stays in its folder: the bot must find the ledger there.
    ///
    /// - Returns: whether another folder was set.
    mutating func keep(stateDirectory folder: String) -> Bool {
        defer { stateDirectory = folder }
        return stateDirectory != folder
    }

    /// Texts that no log line and no crash report may contain.
    var secrets: [[UInt8]] {
        SecretNames.secrets(in: environment).map { Array($0.utf8) }
            + RawEnvironment.rawValues(where: SecretNames.isSecret) + secretFiles
    }

    /// Whether the bot is known to be built on the kit, and runs as a bot: `migrate` sends no notification.
    var isOnKit: Bool { isOwnBot && !arguments.contains(Array("migrate".utf8)) }

    var ledgerPath: String { "\(stateDirectory)/restart_backoff.json" }
    var statusPath: String { "\(stateDirectory)/launcher.status" }
    var notifyPath: String { "\(stateDirectory)/notify.sock" }

    /// The longest time between two `WATCHDOG=1` of the bot; nil without a limit. The manager's limit for this process,
    /// or a limit set by hand, also applies to the bot unless `BOT_WATCHDOG_SEC` overrides it.
    func watchdogTimeout(under manager: Duration?) -> Duration? {
        if let botWatchdog { return botWatchdog > .zero ? botWatchdog : nil }
        let inherited = manager ?? environment["WATCHDOG_USEC"].flatMap(Notice.timeout)
        return min(.seconds(60), inherited ?? .seconds(60))
    }

    /// The variables that the bot is started with.
    ///
    /// - Parameters:
    ///   - manager: the watchdog interval that the service manager requires of the launcher.
    ///   - lease: the variables of the lease that the bot runs under.
    func botEnvironment(
        notifySocket: String, backtrace: String, manager: Duration?, lease: [String: String]? = nil
    ) -> [String: String] {
        var environment = self.environment
        if let lease {
            // The lease is the launcher's business: the bot gets no way into it.
            for name in ["LEASE_URL", "LEASE_URL_FILE"] { environment[name] = nil }
            environment.merge(lease) { $1 }
        }
        environment["NOTIFY_SOCKET"] = notifySocket
        environment["KEEPALIVE_STATE_FILE"] = ledgerPath
        environment["KEEPALIVE_STATE_FILE_FILE"] = nil
        environment["WATCHDOG_PID"] = nil
        environment["WATCHDOG_USEC"] = watchdogTimeout(under: manager)
            .map { String($0.saturatedNanoseconds / 1000) }
        // Without `threads=` every thread is shown; with `threads=all`, Swift 6.3.1 on Linux shows only the crashed
        // thread.
        if environment["SWIFT_BACKTRACE"] == nil {
            let program = Self.backtracer(beside: Self.ownPath).map { ",swift-backtrace=\($0)" } ?? ""
            environment["SWIFT_BACKTRACE"] = "enable=yes,color=no,interactive=no,output-to=\(backtrace)\(program)"
        }
        return environment
    }

    /// The backtracer installed with this program. Nil leaves the search to Swift's runtime, which finds only the
    /// backtracer of its own libraries: a statically linked bot has none.
    ///
    /// - Parameter program: the path of an executable in `PREFIX/bin`. The backtracer is in
    ///   `PREFIX/libexec/keepalivekit` (packages), `PREFIX/libexec` (images), or beside it.
    static func backtracer(beside program: String) -> String? {
        guard let end = program.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        let folder = program[..<end]
        // A comma ends a setting of SWIFT_BACKTRACE.
        return ["/../libexec/keepalivekit", "/../libexec", ""].map { "\(folder)\($0)/swift-backtrace-static" }
            .first { !$0.contains(",") && FileSystem.isExecutable($0) }
    }

    /// The path of this program.
    static var ownPath: String {
        FileSystem.link("/proc/self/exe") ?? CommandLine.arguments.first ?? "launcher"
    }

    /// Finds a program like a shell: a name without a slash is searched in PATH, where an empty part means the working
    /// directory. Folders do not count.
    static func resolve(_ program: String) -> String {
        if program.contains("/") { return program }
        let folders = (Settings.processEnvironment["PATH"] ?? "/usr/bin:/bin")
            .split(separator: ":", omittingEmptySubsequences: false)
        for folder in folders {
            let path = "\(folder.isEmpty ? "." : folder)/\(program)"
            if FileSystem.isExecutable(path) { return path }
        }
        return program
    }
}
