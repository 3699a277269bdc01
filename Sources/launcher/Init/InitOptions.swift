import KeepAlivePlatform
import KeepAliveToolSupport

/// The parsed command line after `init`. Pure.
struct InitOptions: Equatable {
    var bot: String?
    var name: String?
    var required: [String] = []
    var folder = "."
    var botArguments: [String] = []
    var showsHelp = false

    /// Every flag, for the hint after a misspelled one.
    static let flags = ["--bot", "--name", "--require", "--dir", "--help", "-h", "--"]

    /// - Parameter arguments: the arguments after `init`.
    /// - Throws: `UsageError` for the first invalid argument.
    init(_ arguments: some Sequence<String>) throws(Options.UsageError) {
        var rest = ArgumentList(arguments)
        while let argument = rest.next() {
            switch argument.name {
            case "--bot": bot = try rest.value(of: argument)
            case "--name":
                let text = try rest.value(of: argument)
                guard UnitFile.isName(text) else {
                    throw .init(
                        description: "--name \(text) cannot name a unit: give up to 200 letters, digits, - and _")
                }
                name = text
            case "--require":
                let names = try rest.value(of: argument).split(separator: ",").map(String.init)
                for name in names where !Self.isVariable(name) {
                    throw .init(description: "--require \(name) is no variable: give letters, digits and _")
                }
                for name in names where !required.contains(name) { required.append(name) }
            case "--dir": folder = try rest.value(of: argument)
            case "--help", "-h": try rest.flag(argument) { showsHelp = true }
            case "--": botArguments = rest.takeRest()
            default: throw .unknown(argument, note: " (the bot's arguments go after --)", among: Self.flags)
            }
        }
    }

    private static func isVariable(_ text: String) -> Bool {
        text.utf8.first.map { !(0x30...0x39).contains($0) } == true
            && text.utf8.allSatisfy {
                $0 == UInt8(ascii: "_") || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0.lowercased)
            }
    }

    static let help = """
        launcher init: writes a .env file and a systemd unit, both with comments.

        Usage: launcher init [--bot PATH] [--name NAME] [--require NAME]... [--dir DIR]
                             [--] [bot arguments]

          --bot PATH      program to run; default: the casino-bot beside launcher
          --name NAME     name of the unit; default: the name of the bot
          --require NAME  add a line for this variable to .env (repeatable)
          --dir DIR       write the files here; default: the working directory
          -h, --help      print this summary

        It writes DIR/.env, which its owner alone can read, and DIR/NAME.service. The
        unit runs the bot in DIR, as the owner of DIR. It keeps files that exist, starts
        nothing, and prints the next commands.

        Exit codes: 0 wrote a file; 1 wrote none, or not all; 64 wrong usage.
        Examples:
          launcher init --bot ./my-bot --require MY_TOKEN
          launcher init --bot python3 --name my-bot --dir /srv/my-bot -- bot.py
        Details: man launcher (in a checkout: man docs/man/launcher.8)
        """
}
