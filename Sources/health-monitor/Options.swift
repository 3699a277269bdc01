import KeepAliveKit
import KeepAliveToolSupport

/// The parsed command line. Pure.
struct Options: Equatable {
    enum Command: Equatable {
        case run, once, testAlert, check, exampleConfiguration, version, help
    }

    var command = Command.run
    var configurationPath: String?
    var environmentFile: String?
    var prints = Output.text
    /// With `--once` or `--check`: send alerts, run restart commands.
    var sendsAlerts = false
    var restarts = false
    /// Values for variables, by name.
    var variables: [String: String] = [:]

    enum Output: Equatable {
        case text, json
    }

    private static let commands = ["init", "import", "migrate"] + MarkCommand.Word.allCases.map(\.rawValue)

    /// Every flag, for the hint after a misspelled one.
    private static let flags =
        [
            "--config", "--env-file", "--once", "--check", "--json", "--alert", "--restart", "--test-alert",
            "--check-config", "--example-config", "--version", "--help",
        ] + commands + variableFlags.keys.map { "--" + $0 }

    typealias UsageError = ArgumentList.Failure

    /// The flags that set a variable, spelled as in the predecessor of this program: with one dash or two.
    static let variableFlags = [
        "discord-bot-url": "DISCORD_BOT_URL", "twitch-bot-url": "TWITCH_BOT_URL", "vllm-url": "VLLM_URL",
        "discord-token": "DISCORD_SECRET", "channel-id": "CHANNEL_ID", "user-id": "USER_ID",
        "check-interval": "CHECK_INTERVAL", "alert-interval": "ALERT_INTERVAL", "log-level": "LOG_LEVEL",
        "port": "MONITOR_PORT", "host": "MONITOR_HOST", "database": "MONITOR_DATABASE",
    ]

    /// - Parameter arguments: without the program's name.
    /// - Throws: `UsageError` for the first invalid argument.
    init(_ arguments: some Sequence<String>) throws(UsageError) {
        var rest = ArgumentList(arguments.map(Self.withTwoDashes))
        while let argument = rest.next() {
            switch argument.name {
            case "--config": configurationPath = try rest.value(of: argument)
            case "--env-file": environmentFile = try rest.value(of: argument)
            case "--once", "--check": try rest.flag(argument) { command = .once }
            case "--json": try rest.flag(argument) { prints = .json }
            case "--alert": try rest.flag(argument) { sendsAlerts = true }
            case "--restart": try rest.flag(argument) { restarts = true }
            case "--test-alert": try rest.flag(argument) { command = .testAlert }
            case "--check-config": try rest.flag(argument) { command = .check }
            case "--example-config": try rest.flag(argument) { command = .exampleConfiguration }
            case "--version", "-V": try rest.flag(argument) { command = .version }
            case "--help", "-h": try rest.flag(argument) { command = .help }
            default:
                guard let variable = Self.variableFlags[String(argument.name.dropFirst(2))],
                    argument.name.hasPrefix("--")
                else {
                    if Self.commands.contains(argument.text) {
                        throw .init(
                            description:
                                "\(argument.text) must be the first argument: health-monitor \(argument.text) …")
                    }
                    throw .unknown(argument, among: Self.flags)
                }
                variables[variable] = try rest.value(of: argument)
            }
        }
        guard command == .once || (prints == .text && !sendsAlerts && !restarts) else {
            throw .init(
                description: "--json, --alert and --restart go with --once (or --check)"
                    + (command == .run ? "" : " alone, not with another command"))
        }
    }

    private static func withTwoDashes(_ argument: String) -> String {
        guard argument.hasPrefix("-"), !argument.hasPrefix("--") else { return argument }
        let name = argument.dropFirst().prefix { $0 != "=" }
        return variableFlags[String(name)] == nil ? argument : "-" + argument
    }
}
