import KeepAliveToolSupport

/// The command line. The launcher gives `--check` before the start of a bot, and no arguments to hold a lease.
struct Options: Equatable {
    var checksAddress = false
    var showsHelp = false
    var showsVersion = false

    init(_ arguments: [String]) throws(ArgumentList.Failure) {
        var list = ArgumentList(arguments)
        while let argument = list.next() {
            switch argument.name {
            case "--check": try list.flag(argument) { checksAddress = true }
            case "--help", "-h": try list.flag(argument) { showsHelp = true }
            case "--version", "-V": try list.flag(argument) { showsVersion = true }
            default:
                throw .unknown(argument, among: ["--check", "--help", "--version"])
            }
        }
    }

    /// The text of `--help`; docs/man/lease-keeper.1 has the details.
    static let help = """
        lease-keeper: holds a lease in PostgreSQL for the launcher.

        The launcher starts it when LEASE_URL is set, and ends it. It is not started by
        hand: to run a bot with a standby, set LEASE_URL and start the launcher on each
        machine. It carries the launcher's requests to PostgreSQL, and kills the bot's
        processes before a lease that nobody renews can pass to another machine. If the
        launcher is gone, it stops the bot and releases the lease.

        Usage: lease-keeper [--check] [--version] [--help]

          --check          check the address in LEASE_URL, without any network
          -V, --version    print the version
          -h, --help       print this summary

        The launcher's manual page and docs/high-availability.md describe the lease.

        Signals: SIGTERM, SIGINT and SIGHUP have no effect, because the launcher decides.
        Exit codes: 0 the launcher is gone, or --check found no error, 64 not started by
        the launcher, 71 short of a resource, 75 another lease-keeper runs for this bot,
        78 the lease's address cannot be read.
        """
}
