import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// Reads the configuration: a file, and the flags and variables that replace its entries.
enum ConfigurationSource {
    /// Reads the variables, `.env` and the file, at the start and at each reload.
    ///
    /// - Throws: `ConfigurationFailure` with every finding.
    static func read(_ options: Options) throws(ConfigurationFailure) -> (MonitorConfiguration, logging: Configuration)
    {
        var settings = Settings(flags: options.variables, environmentFile: options.environmentFile)
        // A single run prints a report; beside it only failures are worth a log line.
        let logging = Configuration(loggingOf: &settings, level: options.command == .once ? .warning : .info)
        return (try load(options, settings), logging)
    }

    /// Reads everything.
    ///
    /// - Throws: `ConfigurationFailure` with every finding of the file, the flags and the variables.
    static func load(_ options: Options, _ given: Settings) throws(ConfigurationFailure) -> MonitorConfiguration {
        var settings = given
        var file = ConfigurationFile()
        var isRead = true
        var shortage = given.shortage
        if let path = options.configurationPath {
            do throws(ConfigurationFailure) {
                file = try ConfigurationFile(path)
            } catch {
                // Check the variables anyway: report all errors at once.
                for finding in error.findings { settings.report(finding) }
                shortage = shortage ?? error.shortage
                isRead = false
            }
        }
        var root = file.root
        addServices(&root, &settings)
        addChannels(&root, &settings)
        addScalars(&root, &settings)
        if options.configurationPath == nil, root["targets"] == nil {
            root["targets"] = .array(standardTargets(&settings))
        }
        let insights = insights(&settings)
        let environment = environment(settings, for: .object(root))
        var findings = settings.findings.map(URLCredentials.hidden)
        do {
            var configuration = try MonitorConfiguration(
                root, repeatedKeys: file.repeatedKeys, environment: environment)
            if let insights {
                configuration.insights = insights
                configuration.secrets.append(insights.instrumentationKey)
            }
            guard !findings.isEmpty else { return configuration }
        } catch {
            if isRead { findings += error.findings }
        }
        throw ConfigurationFailure(findings: findings, shortage: shortage)
    }

    /// The variables that the file names by `$NAME`, those that name state folders, and the engine's.
    private static func environment(_ settings: Settings, for root: JSONValue) -> [String: String] {
        let names = VariableText.names(in: root).union(["STATE_DIRECTORY", "XDG_STATE_HOME", "DOCKER_HOST"])
        return Dictionary(
            names.compactMap { name in settings.value(name).map { (name, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    // MARK: Flags and variables

    private static func addServices(_ root: inout [String: JSONValue], _ settings: inout Settings) {
        var targets: [JSONValue] = []
        func add(_ name: String, _ variable: String, _ change: (String) -> String = { $0 }) {
            guard let url = settings.value(variable), !names(variable, root["targets"]) else { return }
            guard (try? Endpoint(url: url)) != nil else {
                settings.refuse(variable, URLCredentials.hidden(url), "an address such as http://127.0.0.1:8001/health")
                return
            }
            targets.append(service(name, change(url)))
        }
        add("discord-bot", "DISCORD_BOT_URL")
        add("twitch-bot", "TWITCH_BOT_URL")
        add("vllm", "VLLM_URL")
        if let path = settings.value("LLAMA_CPP_PATH") {
            // Usually the variable names the program's own server.
            let variable = ["LLAMA_CPP_PATH", "LLAMA_CPP_URL", "VLLM_URL"].first { name in
                name == "LLAMA_CPP_PATH" ? isWebAddress(path) : settings.value(name) != nil
            }
            if let variable {
                add("llama-cpp", variable, variable == "LLAMA_CPP_URL" ? { $0 } : healthURL)
            } else {
                targets.append(service("llama-cpp", "http://127.0.0.1:8080/health"))
            }
        }
        append(targets, to: "targets", of: &root)
        if settings.value("DISCORD_SECRET") != nil, (root["targets"]?.elements ?? []).isEmpty,
            root["targets"] == nil || root["targets"]?.elements != nil
        {
            root["targets"] = .array([service("discord-bot", "http://localhost:6060/healthz")])
        }
    }

    private static func isWebAddress(_ text: String) -> Bool {
        ["http://", "https://"].contains { text.lowercased().hasPrefix($0) }
    }

    /// The health endpoint of a server known by its address.
    static func healthURL(_ url: String) -> String {
        var base = String(url.prefix { $0 != "?" && $0 != "#" })
        while base.hasSuffix("/") { base.removeLast() }
        return base.hasSuffix("/health") ? base : base + "/health"
    }

    private static func service(_ name: String, _ url: String) -> JSONValue {
        .object(["name": .string(name), "type": .string("http"), "url": literal(url), "critical": .bool(true)])
    }

    /// Variables for the file's top-level keys; each section has its own.
    private static let variables = [
        KeyVariable("CHECK_INTERVAL", for: "checkInterval", in: 1...86_400),
        KeyVariable("ALERT_INTERVAL", for: "alertInterval", in: 1...2_592_000),
        KeyVariable("MONITOR_DATABASE", for: "database"),
    ]

    private static func addScalars(_ root: inout [String: JSONValue], _ settings: inout Settings) {
        add(variables, to: &root, &settings)
        for part in MonitorConfiguration.sections {
            var section: [String: JSONValue] = [:]
            if case .object(let given)? = root[part.key] { section = given }
            add(part.variables, to: &section, &settings)
            // A value that is no object has its own finding.
            if !section.isEmpty, root[part.key] == nil || root[part.key]?.isObject == true {
                root[part.key] = .object(section)
            }
        }
    }

    private static func add(
        _ variables: [KeyVariable], to object: inout [String: JSONValue], _ settings: inout Settings
    ) {
        for variable in variables {
            guard let text = settings.value(variable.name) else { continue }
            object[variable.key] =
                variable.range.map {
                    .integer(Int64(settings.integer(variable.name, in: $0, default: $0.lowerBound)))
                } ?? literal(text)
        }
    }

    /// The value contains a key, so no finding shows it.
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

    // MARK: Defaults

    /// This host, and the bots that answer on the default ports.
    private static func standardTargets(_ settings: inout Settings) -> [JSONValue] {
        var targets: [JSONValue] = [
            .object(["name": "disk", "type": "disk", "path": "/", "critical": true]),
            .object(["name": "memory", "type": "memory"]),
        ]
        let first = settings.integer("PORT", in: 0...65_535, default: 8001)
        let last = min(65_535, first + settings.integer("PORT_FALLBACKS", in: 0...100, default: 2))
        for bot in LocalServices.bots(on: max(1, first)...max(1, first, last)) {
            targets.append(
                .object([
                    "name": literal("\(bot.name.line()) (port \(bot.port))"), "type": "bot",
                    "url": .string("http://127.0.0.1:\(bot.port)"),
                ]))
        }
        return targets
    }
}
