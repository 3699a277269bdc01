import KeepAliveToolSupport

/// Reads and checks what several monitors need: `vantage`, `leaseTtl`, `agree`.
enum VantageReading {
    /// The file's top-level keys; nil without `vantage`.
    static func settings(_ section: ConfigurationSection, hasServer: Bool) -> VantageSettings? {
        let isGiven = section.has("vantage")
        let seconds = section.seconds("leaseTtl", in: 5...300, default: .seconds(30))
        for key in ["leaseTtl", "agree"] where section.has(key) && !isGiven {
            section.refuse(key, "it is for several monitors; add vantage: \"NAME\", or remove this key")
        }
        guard isGiven else { return nil }
        let name = section.string("vantage")
        if !name.isEmpty, !VantageSettings.isName(name) {
            section.refuse("vantage", "use 1 to 63 of the characters A-Z a-z 0-9 . _ -")
        }
        if !hasServer {
            section.refuse(
                "vantage",
                "several monitors share a history in PostgreSQL; set database: \"postgres://…\", or remove this key")
        }
        if section.has("watch") {
            section.refuse(
                "watch", "its containers are on one machine only; list them as targets with vantage: \"NAME\"")
        }
        return VantageSettings(name: name, timeToLive: seconds)
    }

    /// The types that look at this machine itself. A service on a loopback address may be a tunnel, which each machine has.
    private static let local: Set<String> = ["disk", "memory", "systemd", "heartbeat", "log", "docker"]

    private static func isOfOneMachine(_ target: Target) -> Bool {
        local.contains(target.type) || target.type == ExecProbe.type && target.probe.isLocal
    }

    /// Checks each target against the rest.
    static func check(
        _ targets: [(path: String, target: Target)], _ vantage: VantageSettings?, _ section: ConfigurationSection
    ) {
        for (path, target) in targets {
            func refuse(_ key: String, _ words: String) { section.findings.add("\(path).\(key)", words) }
            guard vantage != nil else {
                for (key, isGiven) in [("vantage", target.vantage != nil), ("agree", target.ownAgree != nil)]
                where isGiven {
                    refuse(
                        key,
                        "this monitor has no vantage; add vantage: \"NAME\" at the top of the file, or remove this key")
                }
                continue
            }
            for prefix in [SilentVantages.prefix, "health-monitor at "] where target.name.hasPrefix(prefix) {
                refuse("name", "names that begin with \"\(prefix)\" are for alerts about monitors; give another")
            }
            if let name = target.vantage {
                if !VantageSettings.isName(name) {
                    refuse("vantage", "use 1 to 63 of the characters A-Z a-z 0-9 . _ -")
                }
                if let agree = target.ownAgree, agree > 1 {
                    refuse("agree", "only the vantage \(name) checks this target; remove agree")
                }
                continue
            }
            if isOfOneMachine(target) {
                refuse(
                    "vantage",
                    "\(target.address) is on one machine; name the vantage that checks it: vantage: \"NAME\"")
            } else if target.restartCommand != nil {
                refuse(
                    "vantage", "its restart command would run at every vantage; name one: vantage: \"NAME\"")
            }
        }
    }
}
