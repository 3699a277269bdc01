import KeepAliveKit
import KeepAlivePlatform

/// Runs a Nagios plugin or any other command: type `exec`.
///
/// - `command`: the program, by path or by name in `PATH`, and its arguments. No shell takes part.
/// - `environment`: variables in addition to the environment of all commands.
/// - `local` (false): it looks only at this machine, so that an outage of our network does not excuse a failure.
///
/// The exit code is the status: 0, 1, 2 and 3 are healthy, degraded, unhealthy and unknown.
struct ExecProbe: Probe {
    static let type = "exec"
    static let runsCommand = true

    private let command: [String]
    private let environment: [String: String]
    private let hider: Log
    private let thread = BlockingCall()
    let isLocal: Bool

    /// How much longer the thread may take than the command: to kill it and to read what it printed.
    private static let patience = Duration.milliseconds(900)

    init(reading section: ConfigurationSection) {
        command = section.command("command")
        if !section.has("command") { section.refuse("command", "is missing: give a list, the program first") }
        environment = section.environmentVariables("environment")
        isLocal = section.flag("local", default: false)
        // An error of the command may quote its arguments.
        hider = Log.none.hiding(section.findings.secrets)
    }

    /// Without the arguments, which may hold a password.
    var address: String { "command \(command.first?.split(separator: "/").last.map(String.init) ?? "")" }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        let program = command.first ?? ""
        let environment = tools.environment.with(environment)
        let result = await thread.look(timeout: timeout + Self.patience, failing: .unknown, late: .unhealthy) { error in
            error.isNotFound
                ? "\(program) is not there: install it, or correct command"
                : error.isDenied || error.code == ENOEXEC
                    ? "\(program) is not executable by the monitor's user (\(error.message)): chmod +x, or correct command"
                    : "\(program) cannot be started: \(error.message)"
        } _: { [command, hider] () throws(Errno) in
            let start = MonotonicTime.now()
            var output = try CommandOutput.run(command, environment: environment, timeout: timeout)
            let elapsed = MonotonicTime.now().since(start)
            output.text = hider.redact(output.text)
            output.errors = hider.redact(output.errors)
            var result = ProbeResult(output, timeout: timeout)
            result.responseTime = elapsed
            return result
        }
        // A busy machine needs longer to end it; the command is late all the same.
        guard result.status == .unhealthy, result.responseTime == nil else { return result }
        return ProbeResult(CommandOutput(text: "", errors: "", end: .late), timeout: timeout)
    }
}
