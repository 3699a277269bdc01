import KeepAliveKit

/// The command line, read. Pure.
struct Options: Equatable {
    enum Command: Equatable {
        case run, once, testAlert, check, exampleConfiguration, version, help
    }

    var command = Command.run
    var configurationPath: String?
    var environmentFile: String?
    var prints = Output.text
    /// With `--once`: alerts are sent, commands run.
    var sendsAlerts = false
    var restarts = false
    /// Values for variables, by name.
    var variables: [String: String] = [:]

    enum Output: Equatable {
        case text, json
    }

    typealias UsageError = ArgumentList.Failure

    /// The flags that stand for a variable, as the service had them that this one replaces: with one dash or two.
    static let variableFlags = [
        "discord-bot-url": "DISCORD_BOT_URL", "twitch-bot-url": "TWITCH_BOT_URL", "vllm-url": "VLLM_URL",
        "discord-token": "DISCORD_SECRET", "channel-id": "CHANNEL_ID", "user-id": "USER_ID",
        "check-interval": "CHECK_INTERVAL", "alert-interval": "ALERT_INTERVAL", "log-level": "LOG_LEVEL",
        "port": "MONITOR_PORT", "host": "MONITOR_HOST", "database": "MONITOR_DATABASE",
    ]

    /// - Parameter arguments: without the program's name.
    /// - Throws: `UsageError` for the first argument that is not understood.
    init(_ arguments: some Sequence<String>) throws(UsageError) {
        var rest = ArgumentList(arguments.map(Self.withTwoDashes))
        while let argument = rest.next() {
            switch argument.name {
            case "--config": configurationPath = try rest.value(of: argument)
            case "--env-file": environmentFile = try rest.value(of: argument)
            case "--once": try rest.flag(argument) { command = .once }
            case "--json": try rest.flag(argument) { prints = .json }
            case "--alert": try rest.flag(argument) { sendsAlerts = true }
            case "--restart": try rest.flag(argument) { restarts = true }
            case "--test-alert": try rest.flag(argument) { command = .testAlert }
            case "--check-config": try rest.flag(argument) { command = .check }
            case "--example-config": try rest.flag(argument) { command = .exampleConfiguration }
            case "--version": try rest.flag(argument) { command = .version }
            case "--help", "-h": try rest.flag(argument) { command = .help }
            default:
                guard let variable = Self.variableFlags[String(argument.name.dropFirst(2))],
                    argument.name.hasPrefix("--")
                else { throw .init(description: "unknown argument \(argument.text)") }
                variables[variable] = try rest.value(of: argument)
            }
        }
        guard command == .once || (prints == .text && !sendsAlerts && !restarts) else {
            throw .init(description: "--json, --alert and --restart go with --once")
        }
    }

    private static func withTwoDashes(_ argument: String) -> String {
        guard argument.hasPrefix("-"), !argument.hasPrefix("--") else { return argument }
        let name = argument.dropFirst().prefix { $0 != "=" }
        return variableFlags[String(name)] == nil ? argument : "-" + argument
    }

    static let help = """
        health-monitor: watches many services, keeps their history, and tells their owner once.

        Usage: health-monitor [--config FILE]            run as a daemon
               health-monitor --once [--json] [--alert] [--restart] [--config FILE]
               health-monitor --test-alert [--config FILE]
               health-monitor --example-config > monitor.json5

          --config FILE     targets, channels and the API, as JSON5 (JSON with comments)
          --once            run every check once, print what was found, and end: 0 healthy, 1 degraded, 2 unhealthy,
                            3 unknown (as Nagios has them). Without a configuration: this host's disk and memory, and
                            any bot on the default ports
          --json            print one JSON object instead of lines
          --alert           with --once: alert at the first failed check, and keep the state in the database
          --restart         with --once: run the restart command of each target that is down
          --test-alert      send a test message to every channel, and say what each answered
          --check-config    only read the configuration: 0, or 78 with every finding
          --example-config  print a configuration to begin with
          --env-file PATH   read variables from PATH instead of .env
          --version, --help

        Without a file, flags (one dash or two) or variables name what to watch and whom to tell:
          --discord-bot-url URL   DISCORD_BOT_URL
          --twitch-bot-url URL    TWITCH_BOT_URL
          --vllm-url URL          VLLM_URL           a model server; LLAMA_CPP_PATH adds the llama.cpp server
          --discord-token TOKEN   DISCORD_SECRET     the bot that posts alerts (better as a variable: flags are public)
          --channel-id ID         CHANNEL_ID         without it, the channel #CHANNEL_NAME (alerts) of the bot's guilds
          --user-id ID            USER_ID            who is mentioned
          --check-interval SEC    CHECK_INTERVAL     60
          --alert-interval SEC    ALERT_INTERVAL     3600: how often an alert is repeated while down
          --log-level LEVEL       LOG_LEVEL          debug, info, warn, error
          --port N, --host H      MONITOR_PORT, MONITOR_HOST   the API: 8090 on 127.0.0.1 (* is every interface)
          --database PATH         MONITOR_DATABASE   health.db
                                  MONITOR_API_KEY    who may use the API
                                  APPLICATIONINSIGHTS_CONNECTION_STRING   sends metrics and events to Azure too

        Exit codes of the daemon: 0 stopped as asked, 64 wrong usage, 78 wrong configuration.
        """
}
