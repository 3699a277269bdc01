import KeepAlivePlatform

/// How the kit runs: ports, limits and times. Each field is named after a variable and has its default.
public struct Configuration: Equatable, Sendable {
    /// `PORT`: the first port of the health server, 0 to 65535; 0 lets the system choose.
    public var port = 8001
    /// `PORT_FALLBACKS`: how many of the next ports are tried when one is taken.
    public var portFallbacks = 2
    /// `HOST`: the address to listen on, a number or a name; nil is all interfaces, IPv6 and IPv4.
    public var host: String?
    /// `BOT_ENV`: `prod`, or one of `dev development test qa stage`.
    public var environment = "prod"
    /// `UNHEALTHY_AFTER_SEC`: unhealthy after this long without update or heartbeat; `never` for a webhook bot.
    public var unhealthyAfter = SilenceLimit.seconds(300)
    /// `RESTART_DELAY_SEC` and `RESTART_MAX_DELAY_SEC`: the delays before the body restarts.
    public var backoff = Backoff()
    /// `MAX_RESTARTS`: the bot stops after this many failures in a row; at least 1.
    public var maxRestarts = 10
    /// `RESTART_RESET_AFTER_SEC`: after this long healthy, the backoff delay returns to its first value.
    public var restartResetAfter = Duration.seconds(300)
    /// `RESTART_TOKEN`: the bearer token for `/restart`. If nil, only this machine may restart the bot, in `prod` no
    /// client.
    public var restartToken: String?
    /// `SHUTDOWN_TIMEOUT_SEC`: the time that the body has to end after its cancellation.
    public var shutdownTimeout = Duration.seconds(6)
    /// `KEEPALIVE_STATE_FILE`: the ledger of restarts that bot and launcher share; nil keeps it in memory.
    public var stateFile: String?
    /// `KEEPALIVE_INTERVAL_SEC`: the watchdog's interval, at least 100 ms; nil is 360 s in `prod`, 60 s otherwise.
    public var watchdogInterval: Duration?
    /// `WATCHDOG_STALL_SEC`: a connection silent for this long is stalled; nil derives it from the interval.
    public var watchdogStall: Duration?
    /// `WATCHDOG_DISCONNECT_GRACE_SEC`: a bot disconnected for this long is given up; nil takes the stall limit.
    public var watchdogDisconnectGrace: Duration?
    /// `EXECUTOR_STALL_SEC`: the bot is unhealthy when the cooperative pool runs nothing for longer than this.
    public var executorStall = Duration.seconds(30)
    /// What happens to a bot whose connection the watchdog gives up. A stopped executor always ends the process.
    public var condemnation = Condemnation.exit
    /// Who takes the process's signals and ends it, for a bot inside a bigger program.
    public var signals = SignalHandling.handled
    /// `LOG_LEVEL`: lines below it are dropped.
    public var logLevel = Log.Level.info
    /// `LOG_FORMAT`: text, or one JSON object a line.
    public var logFormat = Log.Format.text
    /// `LOG_FILE`: the log is also appended to this file.
    public var logFile: String?

    /// Values that no line may show: those read from secret variables.
    package var secrets: [String] = []

    /// What happens to a bot that the watchdog gives up.
    public enum Condemnation: Equatable, Sendable {
        /// The process ends with exit code 75: restart me.
        case exit
        /// The body is cancelled and restarted.
        case restartBody
    }

    /// The defaults.
    public init() {}

    /// When the watchdog gives up; the stall limit derives from the interval if unset: interval × 3 + 30 s.
    public var watchdogThresholds: WatchdogThresholds {
        WatchdogThresholds(
            interval: watchdogInterval ?? (isProduction ? .seconds(360) : .seconds(60)), stall: watchdogStall,
            disconnectGrace: watchdogDisconnectGrace, executorStall: executorStall)
    }

    /// Whether this is `prod`.
    public var isProduction: Bool { environment == "prod" }

    /// Reads the kit's variables from the process's environment, from `.env`, and from the files that they name.
    ///
    /// - Parameter environmentFile: a file to read instead of `.env`; it must exist.
    /// - Throws: ``KeepAliveError/configuration(_:)`` with every finding at once.
    public static func fromEnvironment(environmentFile: String? = nil) throws(KeepAliveError) -> Configuration {
        var settings = Settings(environmentFile: environmentFile)
        let configuration = Configuration(reading: &settings)
        try settings.check()
        return configuration
    }

    /// All variables of the process's environment, completed from `.env`, for a bot with variables of its own. An empty
    /// value counts as unset.
    ///
    /// Each variable of the kit, and each of `names`, may have its value in a file. `NAME_FILE` holds its path, or
    /// `$CREDENTIALS_DIRECTORY` holds a file `NAME` or its lower-case form. The result has the file's text under
    /// `NAME`, without its trailing newline.
    ///
    /// - Parameters:
    ///   - environmentFile: a file to read instead of `.env`; it must exist.
    ///   - names: the bot's own variables whose values may be in files too.
    /// - Throws: ``KeepAliveError/configuration(_:)`` when a file is unreadable, or `NAME` and `NAME_FILE` are both
    ///   set.
    public static func variables(
        environmentFile: String? = nil, allowingFilesFor names: [String] = []
    ) throws(KeepAliveError) -> [String: String] {
        let settings = Settings(environmentFile: environmentFile)
        // A caller that reads the kit's variables has asked for their files.
        var kit = settings
        _ = Configuration(reading: &kit)
        for name in names { _ = settings.value(name) }
        try settings.check()
        return settings.variables
    }

    /// Reads the kit's variables from the given ones alone; it opens none of the files that they name.
    ///
    /// - Parameters:
    ///   - variables: values by variable name, e.g. from
    ///     ``Configuration/variables(environmentFile:allowingFilesFor:)``.
    ///   - defaults: the values of unset variables.
    /// - Throws: ``KeepAliveError/configuration(_:)`` with every finding at once.
    public init(variables: [String: String], defaults: Configuration = Configuration()) throws(KeepAliveError) {
        var settings = Settings(environment: variables)
        self.init(reading: &settings, defaults: defaults)
        try settings.check()
    }

    /// Reads the kit's variables and notes findings in the settings, so that a program can add its own findings.
    ///
    /// - Parameter defaults: the values of unset variables.
    package init(reading settings: inout Settings, defaults: Configuration = Configuration()) {
        self = defaults
        secrets = settings.secrets
        let aDay = 86_400
        environment = settings.choice(
            "BOT_ENV", of: ["prod", "dev", "development", "test", "qa", "stage"], default: environment)
        port = settings.integer("PORT", in: 0...65_535, default: port)
        portFallbacks = settings.integer("PORT_FALLBACKS", in: 0...100, default: portFallbacks)
        host = settings.value("HOST") ?? host
        unhealthyAfter = settings.silence("UNHEALTHY_AFTER_SEC", in: 1...aDay, default: unhealthyAfter)
        backoff.initial = settings.seconds("RESTART_DELAY_SEC", in: 0...aDay, default: backoff.initial)
        backoff.maximum = settings.seconds("RESTART_MAX_DELAY_SEC", in: 0...aDay, default: backoff.maximum)
        if backoff.maximum < backoff.initial {
            if settings.value("RESTART_MAX_DELAY_SEC") == nil {
                backoff.maximum = backoff.initial
            } else {
                settings.refuse(
                    "RESTART_MAX_DELAY_SEC", settings.value("RESTART_MAX_DELAY_SEC") ?? "",
                    "at least RESTART_DELAY_SEC, which is \(backoff.initial.inWords)")
            }
        }
        maxRestarts = settings.integer("MAX_RESTARTS", in: 1...1_000_000, default: maxRestarts)
        restartResetAfter = settings.seconds("RESTART_RESET_AFTER_SEC", in: 1...aDay, default: restartResetAfter)
        shutdownTimeout = settings.seconds("SHUTDOWN_TIMEOUT_SEC", in: 0...3600, default: shutdownTimeout)
        stateFile = settings.value("KEEPALIVE_STATE_FILE") ?? stateFile
        if settings.value("KEEPALIVE_INTERVAL_SEC") != nil {
            watchdogInterval = settings.seconds("KEEPALIVE_INTERVAL_SEC", in: 1...aDay, default: .zero)
        }
        if settings.value("WATCHDOG_STALL_SEC") != nil {
            watchdogStall = settings.seconds("WATCHDOG_STALL_SEC", in: 1...aDay, default: .zero)
        }
        if settings.value("WATCHDOG_DISCONNECT_GRACE_SEC") != nil {
            watchdogDisconnectGrace = settings.seconds("WATCHDOG_DISCONNECT_GRACE_SEC", in: 1...aDay, default: .zero)
        }
        executorStall = settings.seconds("EXECUTOR_STALL_SEC", in: 1...aDay, default: executorStall)
        readRestartToken(from: &settings)
        readLogging(from: &settings)
    }

    /// Reads only `LOG_LEVEL`, `LOG_FORMAT` and `LOG_FILE`, for a program that is no bot.
    package init(loggingOf settings: inout Settings, level: Log.Level = .info) {
        self.init()
        secrets = settings.secrets
        logLevel = level
        readLogging(from: &settings)
    }

    private mutating func readLogging(from settings: inout Settings) {
        // Also accepts swift-log's name for `warn`.
        if settings.value("LOG_LEVEL")?.lowercased() == "warning" {
            logLevel = .warning
        } else {
            let levels = Log.Level.allCases.map(\.rawValue)
            let level = settings.choice("LOG_LEVEL", of: levels, default: logLevel.rawValue)
            logLevel = Log.Level(rawValue: level) ?? logLevel
        }
        let formats = Log.Format.allCases.map(\.rawValue)
        logFormat =
            Log.Format(rawValue: settings.choice("LOG_FORMAT", of: formats, default: logFormat.rawValue)) ?? logFormat
        logFile = settings.value("LOG_FILE") ?? logFile
    }

    private mutating func readRestartToken(from settings: inout Settings) {
        guard let token = settings.value("RESTART_TOKEN") else { return }
        if !token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            settings.report(
                "RESTART_TOKEN (hidden) is not allowed: give visible ASCII characters without spaces, as it travels in a header"
            )
        } else if token.utf8.count < 16 {
            settings.report(
                "RESTART_TOKEN (hidden) is not allowed: give 16 characters or more, such as `openssl rand -hex 16` prints"
            )
        } else {
            restartToken = token
        }
    }

    /// Refuses values that a program has set in code, and that cannot work.
    ///
    /// - Throws: ``KeepAliveError/configuration(_:)`` with every finding at once.
    func check() throws(KeepAliveError) {
        var findings: [String] = []
        if !(0...65_535).contains(port) { findings.append("port \(port) is not allowed: give 0 to 65535") }
        for (name, text) in [("host", host), ("stateFile", stateFile), ("logFile", logFile)] {
            // C would cut it there, and take the rest for the whole.
            if text?.utf8.contains(0) == true {
                findings.append("\(name) is not allowed: remove its NUL character")
            }
        }
        if !findings.isEmpty { throw .configuration(findings) }
    }

    /// Texts that no line may show: the values of secret variables, and the restart token in any case.
    var hidden: [String] { secrets + [restartToken].compactMap { $0 } }

    /// The log of these settings. It hides the restart token, the secret variables read with it, and the given secrets.
    ///
    /// - Throws: ``KeepAliveError/configuration(_:)`` when `LOG_FILE` cannot be opened for appending.
    public func makeLog(hiding secrets: [String] = []) throws(KeepAliveError) -> Log {
        do {
            let writer = try LogWriter(format: logFormat, path: logFile)
            return Log(writer, level: logLevel).hiding(secrets + hidden)
        } catch {
            if error.isPassingShortage { throw .system("LOG_FILE=\"\(logFile ?? "")\": \(error.message)") }
            throw .configuration([
                "LOG_FILE=\"\(logFile ?? "")\" cannot be opened (\(error.message)): give a file in a writable folder"
            ])
        }
    }
}
