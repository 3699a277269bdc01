import KeepAliveKit

/// The command line, read. Pure.
struct Options: Equatable {
    enum Health: Equatable {
        case auto
        case off
        case url(HTTPURL)
    }

    enum Command: Equatable {
        case run, check, drill, help, version
    }

    var command = Command.run
    var bot: String?
    var required: [String] = []
    var health = Health.auto
    var environmentFile: String?
    var forgetsDelay = false
    var stateDirectory: String?
    var botArguments: [String] = []

    typealias UsageError = ArgumentList.Failure

    /// - Parameter arguments: without the program's name.
    /// - Throws: `UsageError` for the first argument that is not understood.
    init(_ arguments: some Sequence<String>) throws(UsageError) {
        var rest = ArgumentList(arguments)
        var isFirst = true
        while let argument = rest.next() {
            defer { isFirst = false }
            switch argument.name {
            case "drill" where isFirst: command = .drill
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
            case "--version": try rest.flag(argument) { command = .version }
            case "--": botArguments = rest.takeRest()
            default:
                // Everything from the bot's first own argument on is the bot's.
                guard !argument.name.hasPrefix("-") else {
                    throw .init(description: "unknown argument \(argument.text) (the bot's own go behind --)")
                }
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
                throw .init(description: "--health-url \(text): give http://host:port/health, auto or off")
            }
            return .url(url.target == "/" ? url.with(target: "/health") : url)
        }
    }

    static let help = """
        launcher: runs one bot, and runs it again when it dies or hangs. Works as a systemd service and as PID 1.

        Usage: launcher [--bot PATH] [--require NAME]… [--health-url URL|auto|off] [--env-file PATH]
                        [--check] [--now] [--state-dir DIR] [--] [bot arguments]
               launcher drill [--state-dir DIR]
               launcher --version | --help

          --bot PATH         the program to run; the casino-bot beside this launcher if not given
          --require NAME     a variable that has to be set; repeat it, or give several with commas
          --health-url URL   poll this address; auto (the default) polls the port that the bot announces; off polls none
          --env-file PATH    variables for the bot, instead of .env; those of the environment win
          --check            only look whether the bot could run: exit 0, or 78 with every finding
          --now              do not wait for what is left of an earlier delay
          --state-dir DIR    where state is kept; $STATE_DIRECTORY or ./state if not given
          drill              kill the running bot on purpose, and say how long it takes to come back

        Signals: SIGTERM and SIGINT stop the bot (SIGKILL after SHUTDOWN_TIMEOUT_SEC), SIGHUP restarts it, SIGUSR1 and
        SIGUSR2 are passed on.

        The bot's exit: 0, 70 and 78 end the launcher with the same code; anything else starts it again after
        RESTART_DELAY_SEC (5), then twice as long each time up to RESTART_MAX_DELAY_SEC (300), and ends with 70
        after MAX_RESTARTS (10) failures in a row. Exit code 75 (start me again) is not counted among them.

        Variables: HEALTH_INTERVAL_SEC (30), HEALTH_GRACE_SEC (40), HEALTH_FAILURES (3), SHUTDOWN_TIMEOUT_SEC (10),
        RESTART_DELAY_SEC, RESTART_MAX_DELAY_SEC, RESTART_RESET_AFTER_SEC, MAX_RESTARTS, LOG_LEVEL, LOG_FORMAT

        Exit codes: 0 stopped as asked, 64 wrong usage, 70 gave up, 78 cannot run; when it was told to stop, the bot's
        own code, or 128 and the signal that killed it.
        """
}
