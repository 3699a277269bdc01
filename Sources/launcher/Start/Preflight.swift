import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// Checks before the start whether the bot can run: all findings at once, each with its remedy.
struct Preflight {
    /// Why it checks.
    enum Occasion {
        /// `--check`: nothing is left behind.
        case check
        case start
        /// A running launcher reads its variables again.
        case reload
    }

    /// Errors that prevent the bot from running.
    private(set) var errors: [String] = []
    /// Problems to look at.
    private(set) var warnings: [String] = []
    /// A resource that the system lacks for now: then no other finding is certain.
    private(set) var shortage: String?

    init(
        _ launcher: LauncherSettings, required: [String], settings: consuming Settings, environmentFile: String?,
        on occasion: Occasion = .start
    ) {
        // First: other files may be in it.
        let made = FileSystem.makeFolders(launcher.stateDirectory)
        defer { if occasion == .check { for path in made.reversed() { try? FileSystem.removeFolder(path) } } }
        checkVariables(launcher, required: required, settings: &settings)
        if let trouble = Executable(path: launcher.bot).trouble { errors.append(trouble) }
        if let lease = launcher.lease {
            if let trouble = LeaseSettings.trouble {
                errors.append(trouble)
            } else if occasion != .reload, settings.findings.allSatisfy({ !$0.hasPrefix("LEASE_URL") }) {
                // A running launcher keeps its lease.
                checkAddress(of: lease, environment: launcher.environment)
            }
            // `python3 a.py` and `python3 b.py` would count as one bot.
            if settings.value("LEASE_NAME") == nil, lease.isNamedByBot, !launcher.arguments.isEmpty {
                warnings.append(
                    "the lease is named \(lease.name), and so is that of every other bot which \(launcher.bot) runs: set "
                        + "LEASE_NAME, the same on every machine")
            }
        }
        // Another program may need neither port nor database; its declared needs are checked. A bot left by a killed
        // launcher still has its port; it is ended before the next bot starts.
        if launcher.isOwnBot || settings.value("PORT") != nil,
            Leftover(StatusFile(path: launcher.statusPath), notifyPath: launcher.notifyPath) == nil
        {
            checkPort(&settings, isDemo: launcher.isDemo)
        }
        // With this variable casino-bot's ledger is no file.
        let isInPostgreSQL = launcher.isOwnBot && settings.value("DATABASE_URL") != nil
        if !isInPostgreSQL, launcher.isOwnBot || settings.value("DATABASE_PATH") != nil {
            checkDatabase(settings.value("DATABASE_PATH") ?? "casino.db")
        }
        checkState(launcher.stateDirectory)
        if launcher.isOwnBot, let file = settings.value("LOG_FILE"), !FileSystem.isWritableFile(file),
            let trouble = Self.trouble("LOG_FILE", file, such: "bot.log")
        {
            errors.append(trouble)
        }
        // A launcher that runs a bot logs these itself.
        if occasion == .check { checkOutput(launcher) }
        if let words = ServiceNotifier.watchdogTrouble(in: launcher.environment) { warnings.append(words) }
        checkSecrecy(of: environmentFile ?? ".env")
        warnings += settings.warnings
        checkNames(in: environmentFile ?? ".env", settings)
        if launcher.memoryLimit != nil, ProcessFact.of(getpid()) == nil {
            warnings.append("MAX_MEMORY_MB has no effect here: it needs /proc, as Linux has it")
        }
        var said: Set<String> = []
        // A secret in the wrong variable would be shown as its value.
        let hider = Log.none.hiding(launcher.secrets.map { String(decoding: $0, as: UTF8.self) })
        if let missing = settings.shortage { shortage = missing }
        warnings = warnings.map(hider.redact)
        errors = (settings.findings + errors).map(hider.redact).filter { said.insert($0).inserted }
    }

    private mutating func checkVariables(_ launcher: LauncherSettings, required: [String], settings: inout Settings) {
        if launcher.isOwnBot { settings.optionalVariables() }
        if launcher.isOwnBot, !launcher.isDemo { _ = settings.flag("DEMO_MODE", default: false) }
        if launcher.isOwnBot, required.isEmpty, !launcher.isDemo {
            _ = settings.botToken()
            _ = settings.ownerID()
            _ = settings.adminIDs()
        }
        for name in required {
            switch name {
            case "BOT_TOKEN" where launcher.isOwnBot: _ = settings.botToken()
            case "OWNER_USER_ID" where launcher.isOwnBot: _ = settings.ownerID()
            default: _ = settings.required(name, remedy: "set it in the environment or in .env")
            }
        }
    }

    private mutating func checkAddress(of lease: LeaseSettings, environment: [String: String]) {
        let path = LeaseSettings.keeperPath
        guard let check = try? KeeperCheck(path, url: lease.url, environment: environment) else { return }
        switch check.code {
        case 0: break
        case 78: errors.append(check.words)
        default:
            warnings.append(
                "\(path) cannot check LEASE_URL (exit code \(check.code): \(check.words)): install it in the version of "
                    + "the launcher, with libpq")
        }
    }

    private mutating func checkPort(_ settings: inout Settings, isDemo: Bool) {
        let first = settings.integer("PORT", in: 0...65_535, default: 8001)
        let fallbacks = settings.integer("PORT_FALLBACKS", in: 0...100, default: 2)
        guard settings.findings.allSatisfy({ !$0.hasPrefix("PORT") }) else { return }
        do {
            try PortFallback(first: first, fallbacks: fallbacks)
                .probe(host: settings.value("HOST") ?? (isDemo ? "localhost" : nil))
        } catch {
            errors.append(error.description)
            if error.kind == .system { shortage = error.description }
        }
    }

    private mutating func checkDatabase(_ file: String) {
        if let trouble = Self.trouble("DATABASE_PATH", file, such: "casino.db") { return errors.append(trouble) }
        checkSpace(FileSystem.parent(of: file))
    }

    private mutating func checkState(_ folder: String) {
        guard FileSystem.isFolder(folder), FileSystem.isWritable(folder) else {
            let trouble = FileSystem.obstacle(to: folder).map {
                "cannot be used: \($0) is not a folder; give another --state-dir"
            }
            return errors.append(
                "the state folder \(folder) "
                    + (trouble ?? "is not writable: make it writable, or give another --state-dir"))
        }
        checkSpace(folder)
    }

    /// What the launcher writes and can go without.
    private mutating func checkOutput(_ launcher: LauncherSettings) {
        if launcher.metricsAreForOthers,
            let trouble = Self.trouble("METRICS_FILE", launcher.metricsPath, such: "launcher.prom")
        {
            warnings.append(trouble)
        }
        if !FileSystem.isWritableFile(launcher.logPath),
            let trouble = Self.trouble("LOGS_DIRECTORY", launcher.logPath, such: "bot_launcher.log")
        {
            warnings.append(trouble)
        }
    }

    private mutating func checkSpace(_ folder: String) {
        guard let free = FileSystem.freeBytes(in: folder), free < 50 << 20 else { return }
        warnings.append("only \(free >> 20) MiB of disk space are free at \(folder): delete files there")
    }

    /// Why a variable's file cannot be created, with a remedy; nil if it can.
    private static func trouble(_ name: String, _ file: String, such example: String) -> String? {
        let folder = FileSystem.parent(of: file)
        if FileSystem.isFolder(file) {
            return "\(name)=\"\(file)\" is a folder: set it to a file, such as \(file)/\(example)"
        }
        return FileSystem.isWritable(folder)
            ? nil
            : "the folder \(folder) of \(name) does not exist or is not writable: create it, or set \(name) to another path"
    }

    /// The bot has variables of its own: a name is suspect only if it is almost that of a variable that is not set.
    private mutating func checkNames(in path: String, _ settings: Settings) {
        let unset = settings.known.filter { settings.value($0) == nil }
        for name in settings.fileVariables.keys.sorted() where !settings.known.contains(name) {
            guard let intended = NearestWord.intended(by: name, among: unset) else { continue }
            warnings.append("\(path) sets \(name), which the launcher does not know; did you mean \(intended)?")
        }
    }

    private mutating func checkSecrecy(of path: String) {
        guard let mode = FileSystem.mode(of: path), mode & S_IFMT == S_IFREG, mode & (S_IRGRP | S_IROTH) != 0 else {
            return
        }
        warnings.append("\(path) is readable by others and may hold secrets: chmod 600 \(path)")
    }
}
