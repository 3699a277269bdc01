import KeepAliveKit
import KeepAliveToolSupport

/// The command line behind `watch`, read. Pure.
struct WatchOptions: Equatable {
    var urls: [HTTPURL] = []
    var interval = Duration.seconds(2)
    var environmentFile: String?
    var showsHelp = false

    /// Each bot has a thread and a row.
    static let mostBots = 100

    /// - Parameter arguments: those behind `watch`.
    /// - Throws: `UsageError` for the first argument that is not understood.
    init(_ arguments: some Sequence<String>) throws(Options.UsageError) {
        var rest = ArgumentList(arguments)
        while let argument = rest.next() {
            switch argument.name {
            case "--url":
                urls.append(try Options.url(rest.value(of: argument)))
                guard urls.count <= Self.mostBots else {
                    throw .init(description: "--url is given more than \(Self.mostBots) times")
                }
            case "--interval":
                let text = try rest.value(of: argument)
                guard let duration = Settings.duration(text), duration >= .milliseconds(500), duration <= .seconds(3600)
                else { throw .init(description: "--interval \(text): give seconds from 0.5 to 3600") }
                interval = duration
            case "--env-file": environmentFile = try rest.value(of: argument)
            case "--help", "-h": try rest.flag(argument) { showsHelp = true }
            default: throw .init(description: "unknown argument \(argument.text)")
            }
        }
    }

    static let help = """
        health-check watch: shows how bots that run on KeepAliveKit are, live, in the
        whole terminal.

        Usage: health-check watch [--url URL]... [--interval SEC] [--env-file PATH]

          --url URL        watch the bot at this address (http://host:8001); again for
                           more bots, up to 100. Without it the first bot at PORT (8001)
                           and its PORT_FALLBACKS (2) next ports is watched
          --interval SEC   ask so often, 0.5 to 3600 seconds; 2 if not given
          --env-file PATH  read PORT, PORT_FALLBACKS and RESTART_TOKEN from PATH instead
                           of .env; the environment wins over either
          -h, --help       print this

        Keys:
          q, Ctrl-C        quit
          r                restart the chosen bot: asks first, y is yes;
                           RESTART_TOKEN is sent where it is set
          up, down, k, j   choose a bot; PgUp and PgDn go by ten, Home, End, g and G to
                           the first and the last
          Enter            the chosen bot alone in the whole window, and back
          s                list those in trouble first, or as they were given
          Ctrl-Z           suspend; fg comes back
          Esc              take back a message, a question, or the bot alone
          ?, h             help

        Colours are left out where NO_COLOR is set; everything is said in words too.
        Outside a UTF-8 locale (LC_ALL, LC_CTYPE, LANG) all is ASCII; on the Linux
        console (TERM=linux) plots and signs are. It needs 40 columns and 10 rows. Where
        standard output is no terminal, or TERM is unset or "dumb", one plain frame of
        COLUMNS (80) columns is printed.

        Exit codes: 0 as asked, 1 the terminal is gone, 64 wrong usage. Of a plain
        frame: 0 all healthy or degraded, 1 not.

        Examples:
          health-check watch
          health-check watch --url http://10.0.0.2:8001 --url http://10.0.0.3:8001
          RESTART_TOKEN=... health-check watch --interval 1
          health-check watch | mail -s "how the bots are" me@example.com

        More: man ./docs/man/health-check.1
        """
}
