import HTTPClient
import KeepAliveKit

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Where the configuration comes from: a file, and the flags and variables that stand for a file's entries.
enum ConfigurationSource {
    /// Reads variables, `.env` and file, at the start and again at each reload.
    ///
    /// - Throws: `ConfigurationFailure` with every finding.
    static func read(_ options: Options) throws(ConfigurationFailure) -> (MonitorConfiguration, logging: Configuration)
    {
        var settings = Settings(flags: options.variables, environmentFile: options.environmentFile)
        // A single run's report says how everything is; beside it only what went wrong is worth a line.
        let logging = Configuration(loggingOf: &settings, level: options.command == .once ? .warn : .info)
        return (try load(options, settings), logging)
    }

    /// Reads everything.
    ///
    /// - Throws: `ConfigurationFailure` with every finding of the file, the flags and the variables.
    static func load(_ options: Options, _ given: Settings) throws(ConfigurationFailure) -> MonitorConfiguration {
        var settings = given
        var file = ConfigurationFile()
        var isRead = true
        if let path = options.configurationPath {
            do throws(ConfigurationFailure) {
                file = try ConfigurationFile(path)
            } catch {
                // What the variables hold is looked at all the same: all that is wrong is said at once.
                for finding in error.findings { settings.report(finding) }
                isRead = false
            }
        }
        var root = file.root
        addServices(&root, &settings)
        addChannel(&root, &settings)
        addScalars(&root, &settings)
        if options.configurationPath == nil, root["targets"] == nil {
            root["targets"] = .array(standardTargets(&settings))
        }
        let insights = insights(&settings)
        var findings = settings.findings.map(URLCredentials.hidden)
        do {
            var configuration = try MonitorConfiguration(
                root, repeatedKeys: file.repeatedKeys, environment: variables(settings))
            if let insights {
                configuration.insights = insights
                configuration.secrets.append(insights.instrumentationKey)
            }
            guard !findings.isEmpty else { return configuration }
        } catch {
            if isRead { findings += error.findings }
        }
        throw ConfigurationFailure(findings: findings)
    }

    /// The environment over `.env`, for `$NAME` in the file.
    private static func variables(_ settings: Settings) -> [String: String] {
        settings.fileVariables.merging(Settings.processEnvironment.filter { !$0.value.isEmpty }) { $1 }
    }

    // MARK: Flags and variables

    private static func addServices(_ root: inout [String: JSONValue], _ settings: inout Settings) {
        var targets: [JSONValue] = []
        let services = [
            ("DISCORD_BOT_URL", "discord-bot"), ("TWITCH_BOT_URL", "twitch-bot"), ("VLLM_URL", "vllm"),
        ]
        for (variable, name) in services {
            guard let url = settings.value(variable) else { continue }
            guard (try? Endpoint(url: url)) != nil else {
                settings.refuse(variable, URLCredentials.hidden(url), "an address such as http://127.0.0.1:8001/health")
                continue
            }
            targets.append(service(name, url))
        }
        if settings.value("LLAMA_CPP_PATH") != nil {
            targets.append(
                service("llama-cpp", settings.value("LLAMA_CPP_URL") ?? "http://127.0.0.1:8080/health"))
        }
        append(targets, to: "targets", of: &root)
    }

    private static func service(_ name: String, _ url: String) -> JSONValue {
        .object(["name": .string(name), "type": .string("http"), "url": .string(url), "critical": .bool(true)])
    }

    private static func addChannel(_ root: inout [String: JSONValue], _ settings: inout Settings) {
        guard let token = settings.value("DISCORD_SECRET") else { return }
        var channel: [String: JSONValue] = ["type": .string("discord"), "token": .string(token)]
        for (variable, key) in [("CHANNEL_ID", "channelId"), ("USER_ID", "mention")] {
            guard let id = settings.value(variable) else { continue }
            if id.utf8.allSatisfy({ (0x30...0x39).contains($0) }), id.utf8.count <= 20 {
                channel[key] = .string(id)
            } else {
                settings.refuse(variable, id, "the number that Discord shows with Copy ID")
            }
        }
        if channel["channelId"] == nil {
            channel["channel"] = .string("#" + (settings.value("CHANNEL_NAME") ?? "alerts"))
        }
        if let url = settings.value("DISCORD_API_URL") { channel["apiUrl"] = .string(url) }
        append([.object(channel)], to: "channels", of: &root)
    }

    private static func addScalars(_ root: inout [String: JSONValue], _ settings: inout Settings) {
        if settings.value("CHECK_INTERVAL") != nil {
            root["checkInterval"] = .integer(Int64(settings.integer("CHECK_INTERVAL", in: 1...86_400, default: 60)))
        }
        if settings.value("ALERT_INTERVAL") != nil {
            root["alertInterval"] = .integer(
                Int64(settings.integer("ALERT_INTERVAL", in: 1...2_592_000, default: 3600)))
        }
        if let path = settings.value("MONITOR_DATABASE") { root["database"] = .string(path) }
        var api: [String: JSONValue] = [:]
        if case .object(let given)? = root["api"] { api = given }
        if settings.value("MONITOR_PORT") != nil {
            api["port"] = .integer(Int64(settings.integer("MONITOR_PORT", in: 0...65_535, default: 8090)))
        }
        if let host = settings.value("MONITOR_HOST") { api["host"] = .string(host) }
        if let key = settings.value("MONITOR_API_KEY") { api["key"] = .string(key) }
        if !api.isEmpty, root["api"] == nil || root["api"]?.isObject == true { root["api"] = .object(api) }
    }

    /// The value holds a key, and is shown in no finding.
    private static func insights(_ settings: inout Settings) -> ConnectionString? {
        let variable = "APPLICATIONINSIGHTS_CONNECTION_STRING"
        guard let text = settings.value(variable) else { return nil }
        do {
            return try ConnectionString(text)
        } catch {
            settings.report("\(variable) is not allowed: \(error.description)")
            return nil
        }
    }

    private static func append(_ values: [JSONValue], to key: String, of root: inout [String: JSONValue]) {
        guard !values.isEmpty else { return }
        switch root[key] {
        case nil, .null: root[key] = .array(values)
        case .array(let given): root[key] = .array(given + values)
        // Not a list: that is a finding of its own.
        default: break
        }
    }

    // MARK: Nothing given

    /// This host, and the bots that answer on the default ports.
    private static func standardTargets(_ settings: inout Settings) -> [JSONValue] {
        var targets: [JSONValue] = [
            .object(["name": "disk", "type": "disk", "path": "/", "critical": true]),
            .object(["name": "memory", "type": "memory"]),
        ]
        let first = settings.integer("PORT", in: 0...65_535, default: 8001)
        let last = min(65_535, first + settings.integer("PORT_FALLBACKS", in: 0...100, default: 2))
        for port in max(1, first)...max(1, first, last) {
            guard let url = HTTPURL("http://127.0.0.1:\(port)/"),
                let answer = try? HTTPGet(url, timeout: .seconds(2)).run(),
                let identity = try? JSONValue(parsing: answer.body), identity["status"] == "online",
                let name = identity["bot"]?.text
            else { continue }
            targets.append(
                .object([
                    "name": .string("\(name.prefix(60)) (port \(port))"), "type": "bot",
                    "url": .string("http://127.0.0.1:\(port)"),
                ]))
        }
        return targets
    }
}
