import KeepAliveKit

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Everything that the monitor is told by its file, flags and variables.
struct MonitorConfiguration: Sendable {
    /// The network that has to work before a service elsewhere is blamed.
    struct Connectivity: Sendable, Equatable {
        var host: String
        var port: Int
        var timeout = Duration.seconds(5)
    }

    var databasePath = "health.db"
    /// Where `restart_backoff.json` is.
    var stateFolder = "."
    var retentionDays = 90
    var alertInterval = Duration.seconds(3600)
    /// Whether alerts are opened: a single run without `--alert` opens none.
    var opensAlerts = true
    var api = APISettings()
    var connectivity: Connectivity?
    var targets: [Target] = []
    var channels: [any Channel] = []
    /// Where metrics and events go beside the channels; nil where nobody wants them.
    var insights: ConnectionString?
    /// What no output may hold.
    var secrets: [String] = []
    /// The variables that the file names by `$NAME`.
    var namedVariables: Set<String> = []

    /// The values that a target has where it names none.
    struct TargetDefaults {
        var interval = Duration.seconds(60)
        var timeout = Duration.seconds(10)
        var failureThreshold = 3
        var recoveryThreshold = 1
        var retryDelays = delays(3)

        /// 1, 2, 4, … s, a minute at most.
        static func delays(_ count: Int) -> [Duration] { (0..<count).map { .seconds(min(60, 1 << min($0, 6))) } }
    }

    /// What the restart of a target needs no file for: its own rules.
    func rules(of target: Target) -> TargetState.Rules {
        TargetState.Rules(
            failureThreshold: target.failureThreshold, recoveryThreshold: target.recoveryThreshold,
            alertInterval: alertInterval, alertsWhenDegraded: target.alertsWhenDegraded, isCritical: target.isCritical,
            severity: target.severity, opensAlerts: opensAlerts)
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
    ///   - environment: what `$NAME` stands for.
    /// - Throws: `ConfigurationFailure` with every finding.
    init(
        _ root: [String: JSONValue], repeatedKeys: [(path: String, words: String)] = [],
        environment: [String: String] = [:]
    ) throws(ConfigurationFailure) {
        self.init()
        let section = ConfigurationSection(root, environment: environment)
        for key in repeatedKeys { section.findings.add(key.path, key.words) }
        read(section, TargetDefaults())
        guard section.findings.all.isEmpty else { throw ConfigurationFailure(findings: section.findings.all) }
    }

    private mutating func read(_ section: ConfigurationSection, _ given: TargetDefaults) {
        var defaults = given
        databasePath = section.databasePath("database", default: databasePath)
        stateFolder = section.folder("stateDir", default: stateFolder)
        retentionDays = section.integer("retentionDays", in: 1...3650, default: retentionDays)
        alertInterval = section.seconds("alertInterval", in: 1...2_592_000, default: alertInterval)
        defaults.interval = section.seconds("checkInterval", in: 0.1...86_400, default: defaults.interval)
        defaults.timeout = section.seconds("timeout", in: 0.1...300, default: defaults.timeout)
        let retries = section.integer("retries", in: 0...10, default: defaults.retryDelays.count)
        defaults.retryDelays = TargetDefaults.delays(retries)
        defaults.failureThreshold = section.integer("failureThreshold", in: 1...100, default: defaults.failureThreshold)
        defaults.recoveryThreshold = section.integer(
            "recoveryThreshold", in: 1...100, default: defaults.recoveryThreshold)
        if let section = section.section("api") { api.read(section) }
        if let network = section.section("connectivity") {
            let peer = PeerAddress(reading: network, port: 53)
            connectivity = Connectivity(
                host: peer.host, port: peer.port,
                timeout: network.seconds("timeout", in: 0.1...60, default: .seconds(5)))
            network.finish()
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
        secrets += section.findings.secrets + api.keys + self.channels.flatMap(\.secrets)
    }
}

extension Target {
    /// Room for 300 characters of any script. Over 600 bytes a name may be too long for a path, percent-encoded; the page
    /// asks by a digest.
    private static let longestName = 1200

    private static func isName(_ text: String) -> Bool {
        text.utf8.count <= longestName
            && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    /// Reads one entry of `targets`; nil where its type is not known.
    init?(
        reading section: ConfigurationSection, defaults: MonitorConfiguration.TargetDefaults,
        maintenance: [MaintenanceWindow]
    ) {
        name = section.string("name")
        let type = section.string("type")
        group = section.optionalString("group")
        for (key, text) in [("name", name), ("group", group ?? "")] where !Self.isName(text) {
            section.refuse(key, "it is over \(Self.longestName) bytes, or holds control characters")
        }
        for (key, text) in [("name", name), ("group", group ?? "-")]
        where !text.isEmpty && text.allSatisfy(\.isWhitespace) {
            section.refuse(key, "it holds nothing but blanks: give a name that people can read")
        }
        isCritical = section.flag("critical", default: false)
        severity =
            section.has("severity")
            ? Severity(rawValue: section.choice("severity", ["warning", "critical"], default: "")) : nil
        isPublic = section.flag("public", default: false)
        interval = section.seconds("interval", in: 0.1...86_400, default: defaults.interval)
        timeout = section.seconds("timeout", in: 0.1...300, default: defaults.timeout)
        let tries = section.integer("retries", in: 0...10, default: defaults.retryDelays.count)
        retryDelays = MonitorConfiguration.TargetDefaults.delays(tries)
        failureThreshold = section.integer("failureThreshold", in: 1...100, default: defaults.failureThreshold)
        recoveryThreshold = section.integer("recoveryThreshold", in: 1...100, default: defaults.recoveryThreshold)
        dependsOn = section.strings("dependsOn")
        self.maintenance = maintenance + section.sections("maintenance").compactMap { MaintenanceWindow(reading: $0) }
        channels = section.has("channels") ? section.strings("channels") : nil
        let command = section.strings("restart")
        if case .array(let words)? = section.value("restart"), words.isEmpty {
            section.refuse("restart", "the list is empty: give a command, or leave the key out")
        }
        if case .string(let words)? = section.value("restart"), words.contains(" ") {
            section.refuse(
                "restart", "no shell takes it apart: give a list such as [\"systemctl\", \"restart\", \"it\"]")
        }
        restartCommand = command.isEmpty ? nil : command
        environment = section.environmentVariables("environment")
        if restartCommand == nil, !environment.isEmpty {
            section.refuse("environment", "there is no restart command that it is for")
        }
        alertsWhenDegraded = section.flag("alertWhenDegraded", default: true)
        guard let probeType = probeTypes.first(where: { $0.type == type }) else {
            if !type.isEmpty {
                let types = probeTypes.map { $0.type }.joined(separator: ", ")
                section.refuse(
                    "type",
                    "\"\(type.prefix(40))\" is not allowed\(NearestWord.question(type, among: probeTypes.map { $0.type }))"
                        + ": give one of \(types)")
            }
            return nil
        }
        probe = probeType.init(reading: section)
        section.finish()
    }
}
