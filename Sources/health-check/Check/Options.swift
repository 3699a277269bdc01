import KeepAliveKit
import KeepAliveToolSupport

/// The parsed command line. Pure.
struct Options: Equatable {
    var url: HTTPURL?
    var host: String?
    var port: String?
    var botName: String?
    var timeout = Duration.seconds(5)
    var environmentFile: String?
    var stateDirectory: String?
    var output = Output.text
    var showsHelp = false
    var showsVersion = false

    enum Output: Equatable {
        case text, json, nagios, quiet
    }

    typealias UsageError = ArgumentList.Failure

    /// Every flag, for the hint after a misspelled one.
    static let flags = [
        "--url", "--host", "--port", "--bot", "--timeout", "--env-file", "--state-dir", "--json", "--nagios", "--quiet",
        "-q",
        "--version", "-V", "--help", "-h",
    ]

    /// - Parameter arguments: without the program's name.
    /// - Throws: `UsageError` for the first invalid argument.
    init(_ arguments: some Sequence<String>) throws(UsageError) {
        var rest = ArgumentList(arguments)
        var names: Set<String> = []
        while let argument = rest.next() {
            names.insert(argument.name)
            switch argument.name {
            case "--url":
                url = try Self.url(rest.value(of: argument))
            case "--host": host = try rest.value(of: argument)
            case "--port":
                let text = try rest.value(of: argument)
                guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(text), number > 0 else {
                    throw .init(description: "--port \(text) is not allowed; give a number from 1 to 65535")
                }
                port = String(number)
            case "--bot": botName = try rest.value(of: argument)
            case "--env-file": environmentFile = try rest.value(of: argument)
            case "--state-dir": stateDirectory = try rest.value(of: argument)
            case "--timeout":
                let text = try rest.value(of: argument)
                guard let duration = Settings.duration(text), duration > .zero, duration <= .seconds(3600) else {
                    throw .init(
                        description: "--timeout \(text) is not allowed; give more than 0 and up to 3600 seconds")
                }
                timeout = duration
            case "--json": try rest.flag(argument) { output = .json }
            case "--nagios": try rest.flag(argument) { output = .nagios }
            case "--quiet", "-q": try rest.flag(argument) { output = .quiet }
            case "--help", "-h": try rest.flag(argument) { showsHelp = true }
            case "--version", "-V": try rest.flag(argument) { showsVersion = true }
            default:
                guard argument.name.hasPrefix("-") else {
                    throw .unknown(argument, kind: "command", among: ["watch"])
                }
                throw .unknown(argument, among: Self.flags)
            }
        }
        if names.isSuperset(of: ["--json", "--nagios"]) {
            throw UsageError(description: "--json and --nagios are given together; give one of them")
        }
        if url != nil, host != nil || port != nil {
            throw UsageError(
                description: "--url is given with --host or --port; give --url alone, or --host and --port")
        }
    }

    /// Asks one address, with defaults for everything else.
    init(url: HTTPURL? = nil) {
        self.url = url
    }

    /// Reads the value of `--url`.
    static func url(_ text: String) throws(UsageError) -> HTTPURL {
        guard let url = HTTPURL(text) else {
            throw .init(
                description: "--url \(text) is not allowed; give http://host[:port][/path] (https is not supported)")
        }
        return url
    }
}
