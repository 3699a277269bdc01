import KeepAlivePlatform
import KeepAlivePostgreSQL
import KeepAliveToolSupport

/// All settings of the monitor, from its file, flags and variables.
struct MonitorConfiguration: Sendable {
    /// The file's independent sections. A new section needs its own file and a line here.
    static let sections: [any ConfigurationPart.Type] = [
        APISettings.self, Connectivity.self, PageSettings.self,
    ]

    var databasePath = "health.db"
    /// The database of the history instead of that file.
    var databaseServer: PostgreSQLAddress?
    /// This monitor's place among several; nil for a single one.
    var vantage: VantageSettings?
    /// The folder of `restart_backoff.json`.
    var stateFolder = "."
    /// The default folder of either file, created when needed; nil if the file names both.
    var conventionalFolder: String?
    var retentionDays = 90
    var targets: [Target] = []
    var channels: [any Channel] = []
    /// How long a channel waits for an acknowledgement before it gets an alert, by name; absent without `after`.
    var delays: [String: Duration] = [:]
    /// Where metrics and events go besides the channels; nil if not configured.
    var insights: ConnectionString?
    /// Texts that no output may contain.
    var secrets: [String] = []
    /// What is probably not meant, but prevents no start: a sentence each.
    var warnings: [String] = []
    /// The variables that the file names by `$NAME`.
    var namedVariables: Set<String> = []
    /// Where containers are found; nil without `watch`.
    var watch: WatchSettings?
    /// The targets that come from containers.
    var containerNames: Set<String> = []
    /// A sentence for each container that cannot be watched.
    var containerFaults: Set<String> = []
    /// Whether the containers' targets are among them already: an engine may be out at the start.
    var knowsContainers = false
    /// What the targets of containers have in common with the file's.
    private(set) var defaults = TargetDefaults()
    private(set) var windows: [MaintenanceWindow] = []
    private var parts: [String: any ConfigurationPart] = [:]

    /// A section's settings; its defaults if the file does not have it.
    subscript<Part: ConfigurationPart>(_ part: Part.Type) -> Part {
        get { parts[Part.key] as? Part ?? Part() }
        set { parts[Part.key] = newValue }
    }
}

/// All errors of a configuration.
struct ConfigurationFailure: Error, CustomStringConvertible {
    let findings: [String]
    /// A resource that the system lacked while reading: no error of the file, so a restart may help.
    var shortage: String?
    var description: String { findings.joined(separator: "\n") }
}

extension MonitorConfiguration {
    /// Reads the file's object.
    ///
    /// - Parameters:
    ///   - repeatedKeys: earlier findings: each key that is repeated in one object.
    ///   - environment: the values of `$NAME`, and of the variables that decide default paths.
    /// - Throws: `ConfigurationFailure` with every finding.
    init(
        _ root: [String: JSONValue], repeatedKeys: [(path: String, words: String)] = [],
        environment: [String: String] = [:]
    ) throws(ConfigurationFailure) {
        self.init()
        let convention = StateConvention { environment[$0] }
        let section = ConfigurationSection(root, environment: environment)
        for key in repeatedKeys { section.findings.add(key.path, key.words) }
        read(section, convention)
        watch = WatchSettings(reading: section, dockerHost: environment["DOCKER_HOST"])
        section.finish()
        guard section.findings.all.isEmpty else { throw ConfigurationFailure(findings: section.findings.all) }
    }

    private mutating func read(_ section: ConfigurationSection, _ convention: StateConvention) {
        readPlaces(section, convention)
        vantage = VantageReading.settings(section, hasServer: section.hasServer("database"))
        retentionDays = section.integer("retentionDays", in: 1...3650, default: retentionDays)
        defaults = TargetDefaults(reading: section)
        for type in Self.sections {
            guard let entry = section.section(type.key) else { continue }
            let part = type.init(reading: entry)
            entry.finish()
            parts[type.key] = part
            secrets += part.secrets
        }
        windows = section.sections("maintenance").compactMap { MaintenanceWindow(reading: $0) }
        let channels = section.sections("channels").map { entry in
            let delay = entry.has("after") ? entry.integer("after", in: 1...1440, default: 1) : nil
            return (path: entry.path, channel: makeChannel(reading: entry), delay: delay)
        }
        self.channels = channels.compactMap(\.channel)
        for (_, channel, delay) in channels {
            if let channel, let delay { delays[channel.name] = .seconds(60 * delay) }
        }
        let targets = section.sections("targets").map { [defaults, windows] entry in
            (path: entry.path, target: Target(reading: entry, defaults: defaults, maintenance: windows))
        }
        self.targets = targets.compactMap(\.target)
        VantageReading.check(
            targets.compactMap { entry in entry.target.map { (entry.path, $0) } }, vantage, section)
        NameCheck(
            targets: targets.compactMap { entry in entry.target.map { (entry.path, $0) } },
            channels: channels.compactMap { entry in entry.channel.map { (entry.path, $0) } }
        ).report(to: section.findings)
        namedVariables = section.findings.variables
        warnings = section.findings.warnings
        secrets += section.findings.secrets + self.channels.flatMap(\.secrets)
    }

    /// Each file stays where an earlier version put it.
    private mutating func readPlaces(_ section: ConfigurationSection, _ convention: StateConvention) {
        func folder(_ earlier: [String]) -> String {
            let folder = convention.folder(of: "health-monitor", unless: earlier, fallback: ".")
            if folder != "." { conventionalFolder = folder }
            return folder
        }
        if section.hasServer("database") {
            databaseServer = section.server("database")
            if let password = databaseServer?.password { secrets.append(password) }
        } else if section.has("database") {
            databasePath = section.databasePath("database")
        } else {
            let folder = folder(["health.db"])
            databasePath = folder == "." ? "health.db" : "\(folder)/health.db"
            if FileSystem.exists(folder) { section.inspect(databasePath, "database") }
        }
        stateFolder =
            section.has("stateDir") ? section.folder("stateDir") : folder(["health.db", "restart_backoff.json"])
    }

    /// Keeps the settings that only a restart changes; returns a notice for each such change.
    mutating func keepFixed(of old: MonitorConfiguration) -> [String] {
        var changed: [String] = []
        func keep<Value: Equatable>(_ key: String, _ path: WritableKeyPath<MonitorConfiguration, Value>) {
            if self[keyPath: path] != old[keyPath: path] { changed.append(key) }
            self[keyPath: path] = old[keyPath: path]
        }
        keep("database", \.databasePath)
        keep("database", \.databaseServer)
        keep("stateDir", \.stateFolder)
        keep("retentionDays", \.retentionDays)
        if let ours = vantage?.timeToLive, let known = old.vantage?.timeToLive, ours != known {
            changed.append("leaseTtl")
            vantage?.timeToLive = known
        }
        keep("vantage", \.vantage)
        keep("watch", \.watch)
        for part in Self.sections { changed += keepFixed(part, of: old) }
        keep("APPLICATIONINSIGHTS_CONNECTION_STRING", \.insights)
        return changed.map { "\($0) changes only with a restart" }
    }

    private mutating func keepFixed<Part: ConfigurationPart>(_ part: Part.Type, of old: Self) -> [String] {
        self[part].keepFixed(of: old[part]).map { "\(part.key).\($0)" }
    }

    /// The targets that a reload leaves alone: they are described as before, and their alerts go to the same channels.
    func unchangedTargets(since old: MonitorConfiguration) -> Set<String> {
        let known = Dictionary(old.targets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let isSameForAll = channels.map(\.name) == old.channels.map(\.name)
        let unchanged = targets.filter { target in
            guard let source = target.source else { return false }
            return known[target.name]?.source == source && (target.channels != nil || isSameForAll)
        }
        return Set(unchanged.map(\.name))
    }

    /// Alerts open at the first failed check, or never. A single run's retries have already confirmed a failure, and
    /// nobody waits for two more runs.
    mutating func alertsAtOnce(_ opensAlerts: Bool) {
        for index in targets.indices {
            targets[index].rules.failureThreshold = 1
            targets[index].rules.opensAlerts = opensAlerts
        }
    }

    /// The longest time without a finished check: well over the longest duration of a check.
    var patience: Duration {
        let longest = targets.map { target in
            target.interval + target.timeout * (target.retryDelays.count + 1) + target.retryDelays.reduce(.zero, +)
        }
        // Without targets no check can be late: a hundred years.
        guard let shortest = longest.min() else { return .seconds(3_155_760_000) }
        return max(.seconds(60), shortest * 2)
    }

    /// How long an activity may be overdue: a few intervals.
    var grace: Duration {
        min(max((targets.map(\.interval).min() ?? .zero) * 3, .seconds(5)), .seconds(60))
    }

    /// The tokens of all push targets.
    var pushTokens: [String] { targets.compactMap(\.probe.pushToken) }

    /// All push services, by their tokens.
    var pushServices: [String: PushBoard.Service] {
        let services = targets.compactMap { target in
            target.probe.pushToken.map {
                ($0, PushBoard.Service(name: target.name, schedule: target.probe.schedule?.identity))
            }
        }
        return Dictionary(services, uniquingKeysWith: { first, _ in first })
    }
}
