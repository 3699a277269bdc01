import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// The launcher's variables, and what it hands to the bot.
struct LauncherSettings {
    let bot: String
    let isOwnBot: Bool
    /// The bot's own arguments, byte by byte.
    let arguments: [[UInt8]]
    let health: Options.Health
    let stateDirectory: String
    /// Where the collector of text files finds the launcher's counts.
    let metricsPath: String
    /// Whether that place was named, and so is one for others to read.
    let metricsAreForOthers: Bool
    let logPath: String
    let forgetsDelay: Bool
    let healthInterval: Duration
    let healthGrace: Duration
    let healthFailures: Int
    /// `BOT_WATCHDOG_SEC`; nil when it is not set.
    private let botWatchdog: Duration?
    let policy: RestartPolicy
    /// The time the bot's process has to end: what its body has, and 2 s.
    let shutdownTimeout: Duration
    let logLevel: Log.Level
    let logFormat: Log.Format
    /// Whether the bot is to run as a demo, which needs no token.
    let isDemo: Bool
    /// The variables the bot is started with, before the launcher's own are added.
    let environment: [String: String]
    /// Secrets that stand in files of their own, which the bot reads itself.
    private let secretFiles: [[UInt8]]

    /// Reads every variable; findings are noted in the settings.
    init(_ options: Options, settings: inout Settings) {
        let kit = Configuration(reading: &settings)
        policy = RestartPolicy(backoff: kit.backoff, maxRestarts: kit.maxRestarts, resetAfter: kit.restartResetAfter)
        // The bot's own kit has the last word on its body: this layer waits a little longer.
        shutdownTimeout = kit.shutdownTimeout + .seconds(2)
        logLevel = kit.logLevel
        logFormat = kit.logFormat
        healthInterval = settings.seconds("HEALTH_INTERVAL_SEC", in: 1...86_400, default: .seconds(30))
        healthGrace = settings.seconds("HEALTH_GRACE_SEC", in: 0...86_400, default: .seconds(40))
        healthFailures = settings.integer("HEALTH_FAILURES", in: 1...1000, default: 3)
        let watchdog = settings.seconds("BOT_WATCHDOG_SEC", in: 0...86_400, default: .seconds(60))
        botWatchdog = settings.value("BOT_WATCHDOG_SEC") == nil ? nil : watchdog
        health = options.health
        forgetsDelay = options.forgetsDelay
        isOwnBot = options.bot == nil
        bot = options.bot.map(Self.resolve) ?? "\(FileSystem.parent(of: Self.ownPath))/casino-bot"
        // They stand at the end of ours.
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
        self.environment = settings.fileVariables.merging(environment) { $1.isEmpty ? $0 : $1 }
        isDemo =
            arguments.contains(Array("--demo".utf8))
            || ["true", "1", "yes", "on"].contains(settings.value("DEMO_MODE")?.lowercased() ?? "")
        secretFiles = settings.secretFiles
    }

    /// Texts that no log line and no crash report may hold.
    var secrets: [[UInt8]] {
        SecretNames.secrets(in: environment).map { Array($0.utf8) }
            + RawEnvironment.rawValues(where: SecretNames.isSecret) + secretFiles
    }

    var ledgerPath: String { "\(stateDirectory)/restart_backoff.json" }
    var statusPath: String { "\(stateDirectory)/launcher.status" }
    var notifyPath: String { "\(stateDirectory)/notify.sock" }

    /// How long the bot may take from one `WATCHDOG=1` to the next; nil when it is not held to that. What a manager wants of
    /// this process, or what was set by hand, it wants of the bot too, unless `BOT_WATCHDOG_SEC` says otherwise.
    func watchdogTimeout(under manager: Duration?) -> Duration? {
        if let botWatchdog { return botWatchdog > .zero ? botWatchdog : nil }
        let inherited = manager ?? environment["WATCHDOG_USEC"].flatMap(Notice.timeout)
        return min(.seconds(60), inherited ?? .seconds(60))
    }

    /// The variables that the bot is started with.
    ///
    /// - Parameter manager: how often the service manager wants to hear of the launcher.
    func botEnvironment(notifySocket: String, backtrace: String, manager: Duration?) -> [String: String] {
        var environment = self.environment
        environment["NOTIFY_SOCKET"] = notifySocket
        environment["KEEPALIVE_STATE_FILE"] = ledgerPath
        environment["KEEPALIVE_STATE_FILE_FILE"] = nil
        environment["WATCHDOG_PID"] = nil
        environment["WATCHDOG_USEC"] = watchdogTimeout(under: manager)
            .map { String($0.saturatedNanoseconds / 1000) }
        // Without `threads=`, every thread is shown; with `threads=all`, Swift 6.3.1 on Linux shows the crashed one alone.
        if environment["SWIFT_BACKTRACE"] == nil {
            let program = Self.backtracer(beside: Self.ownPath).map { ",swift-backtrace=\($0)" } ?? ""
            environment["SWIFT_BACKTRACE"] = "enable=yes,color=no,interactive=no,output-to=\(backtrace)\(program)"
        }
        return environment
    }

    /// The backtracer that was installed with this program; nil leaves it to Swift's runtime, which finds only one that
    /// belongs to its own libraries: a statically linked bot has none.
    ///
    /// - Parameter program: the path of an executable, in `PREFIX/bin` with the backtracer in `PREFIX/libexec/keepalivekit`
    ///   (packages) or `PREFIX/libexec` (images), or beside it.
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

    /// A program as a shell would find it: a name without a slash is looked for in PATH, where an empty part is the working
    /// directory, and a folder is no program.
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
