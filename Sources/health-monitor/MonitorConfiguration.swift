import KeepAlivePlatform
import KeepAliveToolSupport

/// Everything that the monitor is told by its file, flags and variables.
struct MonitorConfiguration: Sendable {
    /// The sections of the file that stand by themselves: a new one is a file of its own and a line here.
    static let sections: [any ConfigurationPart.Type] = [APISettings.self, Connectivity.self]

    var databasePath = "health.db"
    /// Where `restart_backoff.json` is.
    var stateFolder = "."
    /// A folder for either that is made when something is to be kept; nil where the file names both.
    var conventionalFolder: String?
    var retentionDays = 90
    var targets: [Target] = []
    var channels: [any Channel] = []
    /// Where metrics and events go beside the channels; nil where nobody wants them.
    var insights: ConnectionString?
    /// What no output may hold.
    var secrets: [String] = []
    /// The variables that the file names by `$NAME`.
    var namedVariables: Set<String> = []
    private var parts: [String: any ConfigurationPart] = [:]

    /// What a section says; its defaults where the file has none.
    subscript<Part: ConfigurationPart>(_ part: Part.Type) -> Part {
        get { parts[Part.key] as? Part ?? Part() }
        set { parts[Part.key] = newValue }
    }
}

/// What is wrong with a configuration: all of it.
struct ConfigurationFailure: Error, CustomStringConvertible {
    let findings: [String]
    /// What the system was short of as something was read: not wrong, and worth another start.
    var shortage: String?
    var description: String { findings.joined(separator: "\n") }
}

extension MonitorConfiguration {
    /// Reads the object that a file holds.
    ///
    /// - Parameters:
    ///   - repeatedKeys: what was found before the values: each key that stands twice in one object.
    ///   - environment: what `$NAME` stands for, and by what the places of files are decided that nobody names.
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
        guard section.findings.all.isEmpty else { throw ConfigurationFailure(findings: section.findings.all) }
    }

    private mutating func read(_ section: ConfigurationSection, _ convention: StateConvention) {
        readPlaces(section, convention)
        retentionDays = section.integer("retentionDays", in: 1...3650, default: retentionDays)
        let defaults = TargetDefaults(reading: section)
        for type in Self.sections {
            guard let entry = section.section(type.key) else { continue }
            let part = type.init(reading: entry)
            entry.finish()
            parts[type.key] = part
            secrets += part.secrets
        }
        let windows = section.sections("maintenance").compactMap { MaintenanceWindow(reading: $0) }
        let channels = section.sections("channels").map { (path: $0.path, channel: makeChannel(reading: $0)) }
        self.channels = channels.compactMap(\.channel)
        let targets = section.sections("targets").map { entry in
            (path: entry.path, target: Target(reading: entry, defaults: defaults, maintenance: windows))
        }
        self.targets = targets.compactMap(\.target)
        NameCheck(
            targets: targets.compactMap { entry in entry.target.map { (entry.path, $0) } },
            channels: channels.compactMap { entry in entry.channel.map { (entry.path, $0) } }
        ).report(to: section.findings)
        section.finish()
        namedVariables = section.findings.variables
        secrets += section.findings.secrets + self.channels.flatMap(\.secrets)
    }

    /// Each file stays where an earlier version left it.
    private mutating func readPlaces(_ section: ConfigurationSection, _ convention: StateConvention) {
        func folder(_ earlier: [String]) -> String {
            let folder = convention.folder(of: "health-monitor", unless: earlier, fallback: ".")
            if folder != "." { conventionalFolder = folder }
            return folder
        }
        if section.has("database") {
            databasePath = section.databasePath("database")
        } else {
            let folder = folder(["health.db"])
            databasePath = folder == "." ? "health.db" : "\(folder)/health.db"
            if FileSystem.exists(folder) { section.inspect(databasePath, "database") }
        }
        stateFolder =
            section.has("stateDir") ? section.folder("stateDir") : folder(["health.db", "restart_backoff.json"])
    }

    /// Keeps what only a restart changes; what is said of each such change.
    mutating func keepFixed(of old: MonitorConfiguration) -> [String] {
        var changed: [String] = []
        func keep<Value: Equatable>(_ key: String, _ path: WritableKeyPath<MonitorConfiguration, Value>) {
            if self[keyPath: path] != old[keyPath: path] { changed.append(key) }
            self[keyPath: path] = old[keyPath: path]
        }
        keep("database", \.databasePath)
        keep("retentionDays", \.retentionDays)
        for part in Self.sections { changed += keepFixed(part, of: old) }
        keep("APPLICATIONINSIGHTS_CONNECTION_STRING", \.insights)
        return changed.map { "\($0) changes only with a restart" }
    }

    private mutating func keepFixed<Part: ConfigurationPart>(_ part: Part.Type, of old: Self) -> [String] {
        self[part].keepFixed(of: old[part]).map { "\(part.key).\($0)" }
    }

    /// Alerts open at the first failed check, or not at all: the retries of a single run have confirmed a failure already, and
    /// nobody waits for two more runs.
    mutating func alertsAtOnce(_ opensAlerts: Bool) {
        for index in targets.indices {
            targets[index].rules.failureThreshold = 1
            targets[index].rules.opensAlerts = opensAlerts
        }
    }

    /// How long the monitor itself may go without a finished check: well over the longest a check may take.
    var patience: Duration {
        let longest = targets.map { target in
            target.interval + target.timeout * (target.retryDelays.count + 1) + target.retryDelays.reduce(.zero, +)
        }
        // Who has nothing to check is not late with it: a hundred years.
        guard let shortest = longest.min() else { return .seconds(3_155_760_000) }
        return max(.seconds(60), shortest * 2)
    }

    /// How long something that has an end may be overdue: a few intervals.
    var grace: Duration {
        min(max((targets.map(\.interval).min() ?? .zero) * 3, .seconds(5)), .seconds(60))
    }

    /// The tokens of all targets that call in.
    var pushTokens: [String] { targets.compactMap(\.probe.pushToken) }

    /// The names of all targets that call in, by their tokens.
    var pushNames: [String: String] {
        let named = targets.compactMap { target in target.probe.pushToken.map { ($0, target.name) } }
        return Dictionary(named, uniquingKeysWith: { first, _ in first })
    }
}
