import KeepAliveKit
import KeepAliveToolSupport

/// The parsed command line after `watch`. Pure.
struct WatchOptions: Equatable {
    var urls: [HTTPURL] = []
    var interval = Duration.seconds(2)
    var environmentFile: String?
    var showsHelp = false

    /// Every flag, for the hint after a misspelled one.
    static let flags = ["--url", "--interval", "--env-file", "--help", "-h"]

    /// Each bot has a thread and a row.
    static let mostBots = 100

    /// - Parameter arguments: the arguments after `watch`.
    /// - Throws: `UsageError` for the first invalid argument.
    init(_ arguments: some Sequence<String>) throws(Options.UsageError) {
        var rest = ArgumentList(arguments)
        while let argument = rest.next() {
            switch argument.name {
            case "--url":
                urls.append(try Options.url(rest.value(of: argument)))
                guard urls.count <= Self.mostBots else {
                    throw .init(
                        description:
                            "more than \(Self.mostBots) --url; each bot needs a row and a thread, start a second watch")
                }
            case "--interval":
                let text = try rest.value(of: argument)
                guard let duration = Settings.duration(text), duration >= .milliseconds(500), duration <= .seconds(3600)
                else { throw .init(description: "--interval \(text) is not allowed; give seconds from 0.5 to 3600") }
                interval = duration
            case "--env-file": environmentFile = try rest.value(of: argument)
            case "--help", "-h": try rest.flag(argument) { showsHelp = true }
            default: throw .unknown(argument, among: Self.flags)
            }
        }
    }

    /// The text of `watch --help`: one screen of 80 columns.
    static let help = """
        health-check watch: shows one or more bots live in the terminal.

        Usage: health-check watch [--url URL]... [--interval SEC] [--env-file PATH]

          --url URL        watch this bot (http://host:8001); repeat it for up to 100
                           bots. Default: the first bot at PORT and the next ports
          --interval SEC   time between two checks, 0.5 to 3600; default 2
          --env-file PATH  read variables from PATH instead of .env
          -h, --help       print this summary

        Keys:
          q, Ctrl-C  quit      up, down, k, j, PgUp, PgDn, Home, End, g, G  choose a bot
          r  restart the bot   Enter  show one bot or all    s  sort by trouble or not
          /  filter the bots   l  the launcher's last lines  mouse  choose, wheel
          ?, h  help           Esc  close, show all          Ctrl-Z  suspend

        Exit codes: 0 quit by the user, 1 the terminal is gone, 64 wrong usage. Without
        a terminal it prints one plain frame: 0 all healthy, degraded or standby, 1 not.
        Examples:
          health-check watch --url http://10.0.0.2:8001 --url http://10.0.0.3:8001
          health-check watch | mail -s "state of the bots" me@example.com
        Details: man health-check (in a checkout: man docs/man/health-check.1)
        """
}
