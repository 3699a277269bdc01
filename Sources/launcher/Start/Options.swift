import KeepAliveKit
import KeepAliveToolSupport

/// The parsed command line. Pure.
struct Options: Equatable {
    enum Health: Equatable {
        case auto
        case off
        case url(HTTPURL)
    }

    enum Command: Equatable {
        case run, check, drill, status, handover, help, version
    }

    var command = Command.run
    var bot: String?
    var required: [String] = []
    var health = Health.auto
    var environmentFile: String?
    var forgetsDelay = false
    var stateDirectory: String?
    var isJSON = false
    var botArguments: [String] = []

    typealias UsageError = ArgumentList.Failure

    /// Every flag, for the hint after a misspelled one.
    static let flags = [
        "--bot", "--require", "--health-url", "--env-file", "--state-dir", "--check", "--now", "--json", "--version",
        "-V",
        "--help", "-h", "--",
    ]

    /// Every command; it must be the first argument.
    static let commands = ["status", "drill", "handover", "init"]

    /// - Parameter arguments: without the program's name.
    /// - Throws: `UsageError` for the first invalid argument.
    init(_ arguments: some Sequence<String>) throws(UsageError) {
        var rest = ArgumentList(arguments)
        var isFirst = true
        while let argument = rest.next() {
            defer { isFirst = false }
            switch argument.name {
            case "drill" where isFirst: command = .drill
            case "status" where isFirst: command = .status
            case "handover" where isFirst: command = .handover
            case "--json" where command == .status: try rest.flag(argument) { isJSON = true }
            case "--json": throw .init(description: "--json belongs to the command status: launcher status --json")
            case "--bot": bot = try rest.value(of: argument)
            case "--require":
                let names = try rest.value(of: argument).split(separator: ",").map(String.init)
                required += names
            case "--health-url": health = try Self.health(try rest.value(of: argument))
            case "--env-file": environmentFile = try rest.value(of: argument)
            case "--state-dir": stateDirectory = try rest.value(of: argument)
            case "--check": try rest.flag(argument) { command = .check }
            case "--now": try rest.flag(argument) { forgetsDelay = true }
            case "--help", "-h": try rest.flag(argument) { command = .help }
            case "--version", "-V": try rest.flag(argument) { command = .version }
            case "--": botArguments = rest.takeRest()
            default:
                let note = " (the bot's arguments go after --)"
                guard !argument.name.hasPrefix("-") else {
                    throw .unknown(argument, note: note, among: Self.flags)
                }
                guard !isFirst || NearestWord.question(argument.text, among: Self.commands).isEmpty else {
                    throw .unknown(argument, kind: "command", note: note, among: Self.commands)
                }
                guard command == .run || command == .check else {
                    throw .init(description: "unexpected argument \(argument.text): a command takes flags only")
                }
                // All arguments from the bot's first one on belong to the bot.
                botArguments = [argument.text] + rest.takeRest()
            }
        }
    }

    private static func health(_ text: String) throws(UsageError) -> Health {
        switch text {
        case "auto": return .auto
        case "off": return .off
        default:
            guard let url = HTTPURL(text) else {
                throw .init(
                    description: "--health-url \(text) is not allowed; give http://host:port/health, auto or off")
            }
            return .url(url.target == "/" ? url.with(target: "/health") : url)
        }
    }
}
