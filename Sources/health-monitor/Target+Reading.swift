import KeepAliveKit

extension Target {
    /// Room for 300 characters of any script. A percent-encoded name over 600 bytes may be too long for a path, so the
    /// page uses a digest.
    private static let longestName = 1200

    private static func isName(_ text: String) -> Bool {
        text.utf8.count <= longestName
            && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    /// Reads one entry of `targets`; nil if its type is unknown.
    init?(reading section: ConfigurationSection, defaults: TargetDefaults, maintenance: [MaintenanceWindow]) {
        var own = defaults
        let known = section.findings.secrets.count
        name = section.string("name")
        let type = section.kind(of: probeTypes, named: { $0.type })
        group = section.optionalString("group")
        for (key, text) in [("name", name), ("group", group ?? "")] where !Self.isName(text) {
            section.refuse(
                key, "it is longer than \(Self.longestName) bytes or has control characters; give a short name")
        }
        for (key, text) in [("name", name), ("group", group ?? "-")]
        where !text.isEmpty && text.allSatisfy(\.isWhitespace) {
            section.refuse(key, "it has only blanks; give a name that people can read")
        }
        // Every client removes such a segment from a path, also a percent-encoded one.
        if name == "." || name == ".." {
            section.refuse("name", "it means a folder in a path; give a name that people can read")
        }
        own.rules.isCritical = section.flag("critical", default: false)
        if section.has("severity") {
            own.rules.severity = Severity(rawValue: section.choice("severity", ["warning", "critical"], default: ""))
        }
        isPublic = section.flag("public", default: false)
        interval = section.seconds("interval", in: 0.1...86_400, default: defaults.interval)
        // A job's failure is a fact, and its grace time has passed already.
        if type == PushProbe.self, section.has("schedule") { own.rules.failureThreshold = 1 }
        own.readCommon(section)
        (timeout, retryDelays) = (own.timeout, own.retryDelays)
        dependsOn = section.strings("dependsOn")
        self.maintenance = maintenance + section.sections("maintenance").compactMap { MaintenanceWindow(reading: $0) }
        channels = section.has("channels") ? section.strings("channels") : nil
        let command = section.command("restart")
        restartCommand = command.isEmpty ? nil : command
        environment = section.environmentVariables("environment")
        if restartCommand == nil, !environment.isEmpty, type?.runsCommand != true {
            section.refuse("environment", "no command uses it; add restart, or remove this key")
        }
        own.rules.alertsWhenDegraded = section.flag("alertWhenDegraded", default: true)
        rules = own.rules
        vantage = section.has("vantage") ? section.string("vantage") : nil
        ownAgree = section.has("agree") ? section.integer("agree", in: TargetDefaults.agreeRange, default: 1) : nil
        // Only one vantage checks it.
        agree = vantage == nil ? ownAgree ?? defaults.agree : nil
        guard let type else { return nil }
        probe = type.init(reading: section)
        hider = Log.none.hiding(Array(section.findings.secrets.dropFirst(known)))
        source = Source(keys: section.contents, defaults: defaults, maintenance: maintenance)
        section.finish()
    }
}
