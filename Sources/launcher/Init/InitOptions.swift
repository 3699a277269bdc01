import KeepAlivePlatform
import KeepAliveToolSupport

/// The command line behind `init`, read. Pure.
struct InitOptions: Equatable {
    var bot: String?
    var name: String?
    var required: [String] = []
    var folder = "."
    var botArguments: [String] = []
    var showsHelp = false

    /// - Parameter arguments: those behind `init`.
    /// - Throws: `UsageError` for the first argument that is not understood.
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
                required += names
            case "--dir": folder = try rest.value(of: argument)
            case "--help", "-h": try rest.flag(argument) { showsHelp = true }
            case "--": botArguments = rest.takeRest()
            default: throw .init(description: "unknown argument \(argument.text) (the bot's own go behind --)")
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
        launcher init: writes a .env file and a systemd unit for one bot, with comments.

        Usage: launcher init [--bot PATH] [--name NAME] [--require NAME]...
                             [--dir DIR] [--] [bot arguments]

          --bot PATH      the program to run; the casino-bot beside the launcher if
                          not given
          --name NAME     the name of the unit; the name of the bot if not given
          --require NAME  a variable that the bot needs; .env gets a line for it
          --dir DIR       write the files here, and run the bot here; the working
                          directory if not given
          --              the bot's own arguments follow
          -h, --help      print this

        Files:
          DIR/.env          the bot's variables, readable by their owner alone (0600)
          DIR/NAME.service  runs launcher and bot as the owner of DIR
        A file that exists already is kept. Nothing is started or installed; the last
        lines that it prints are the commands for that.

        Exit codes: 0 at least one file was written; 1 none was, or a file cannot be
        written; 64 wrong usage.

        Examples:
          launcher init
          launcher init --bot ./my-bot --require MY_TOKEN
          launcher init --bot python3 --name my-bot --dir /srv/my-bot -- bot.py

        More: man ./docs/man/launcher.8
        """
}
