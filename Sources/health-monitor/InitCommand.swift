import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// `health-monitor init`: writes a configuration for the services on this machine.
struct InitCommand: Subcommand {
    private var path = "health-monitor.json5"
    private var environmentFile: String?
    private(set) var showsHelp = false

    /// - Parameter arguments: the arguments after `init`.
    /// - Throws: `UsageError` for the first invalid argument.
    init(_ arguments: some Sequence<String>) throws(Options.UsageError) {
        var rest = ArgumentList(arguments)
        while let argument = rest.next() {
            switch argument.name {
            case "--config": path = try rest.value(of: argument)
            case "--env-file": environmentFile = try rest.value(of: argument)
            case "--help", "-h": try rest.flag(argument) { showsHelp = true }
            default:
                throw .unknown(argument, among: ["--config", "--env-file", "--help"])
            }
        }
    }

    /// Writes the file; returns the exit code.
    func run() async -> Int32 {
        // Ask no questions if the file exists.
        guard !FileSystem.exists(path), !FileSystem.isLink(path) else { return kept() }
        var settings = Settings(environmentFile: environmentFile)
        let first = settings.integer("PORT", in: 0...65_535, default: 8001)
        let last = min(65_535, first + settings.integer("PORT_FALLBACKS", in: 0...100, default: 2))
        var ports = max(1, first)...max(1, first, last)
        var template = ConfigurationTemplate()
        template.port = settings.integer("MONITOR_PORT", in: 0...65_535, default: template.port)
        do {
            try settings.check()
        } catch {
            return fail("\(error)", code: error.exitCode)
        }
        let questions = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 ? questions(settings) : nil
        if let questions {
            say(
                "Press Enter for the answer in brackets. For a secret, give $NAME: the value of a variable."
            )
            ports = questions.ports(usual: ports)
        }
        if let engine = settings.value("DOCKER_HOST"), engine.hasPrefix("unix:///") {
            template.socket = String(engine.dropFirst("unix://".count))
        }
        template.services = await find(on: ports, template.socket)
        if let questions {
            template.channel = questions.channel()
            template.port = questions.apiPort(usual: template.port)
        }
        do throws(Errno) {
            // The file may contain secrets.
            guard try NewFile.write(template.text, to: path, mode: 0o600) == .written else { return kept() }
        } catch {
            return fail(
                "\(path) cannot be written (\(error.message)): "
                    + error.remedy(orElse: "make its folder writable, or give another --config"))
        }
        say("wrote \(path)")
        noteFindings()
        say(
            """

            Next: health-monitor --config \(ShellWord.quoted(path)) --once
            Then: health-monitor --config \(ShellWord.quoted(path))
            """)
        return 0
    }

    private func find(on ports: ClosedRange<Int>, _ socket: String) async -> LocalServices {
        var services = LocalServices(bots: LocalServices.bots(on: ports))
        let client = HTTPClient(userAgent: "health-monitor/\(kitVersion)")
        await services.findContainers(at: socket, with: client)
        await client.shutDown()
        for bot in services.bots { say("found the bot \(bot.name.line(limit: 60)) on port \(bot.port)") }
        for container in services.containers { say("found the container \(container)") }
        if let trouble = services.engineTrouble { say("no containers found: \(trouble)") }
        return services
    }

    /// Checks the file as the monitor will read it, with the current variables.
    private func noteFindings() {
        let arguments = ["--config", path] + (environmentFile.map { ["--env-file", $0] } ?? [])
        guard let options = try? Options(arguments) else { return }
        do throws(ConfigurationFailure) {
            _ = try ConfigurationSource.read(options)
        } catch {
            for finding in error.findings { say("note: \(finding)") }
        }
    }

    private func questions(_ settings: Settings) -> Questions {
        Questions(
            ask: { question in
                print(question, terminator: "")
                fflush(nil)
                return readLine().map { $0.filter { !$0.isNewline } }
            }, say: say, variable: settings.value)
    }

    private func say(_ text: String) { print(text) }

    private func kept() -> Int32 {
        fail("\(path) exists already and was kept: move it away, or give another --config")
    }

    private func fail(_ words: String, code: Int32 = 1) -> Int32 {
        FileDescriptor.complain("health-monitor: \(words)")
        return code
    }

    static let help = """
        health-monitor init: writes a configuration with comments.

        Usage: health-monitor init [--config FILE] [--env-file PATH]

          --config FILE    write this file; health-monitor.json5 if not given
          --env-file PATH  read variables from PATH instead of .env
          -h, --help       print this

        It looks for bots on PORT (8001) and its PORT_FALLBACKS (2) next ports, and for
        containers at /var/run/docker.sock or DOCKER_HOST. At a terminal it asks where
        alerts go, and for ports; elsewhere it asks nothing. MONITOR_PORT (8090) is the
        port of the API. A file that exists already is kept.

        Exit codes: 0 written; 1 not; 64 wrong usage; 78 a wrong variable.

        Examples:
          health-monitor init
          health-monitor init --config /etc/health-monitor.json5 </dev/null

        More: man health-monitor (in a checkout: man docs/man/health-monitor.8)
        """
}
