import KeepAliveKit
import KeepAlivePlatform

/// Asks systemd for a unit's state: type `systemd`.
///
/// - `unit`: its name, such as `casino-bot.service`.
/// - `maxRestarts` (5): degraded after more restarts.
/// - `command` (systemctl): the program that asks, by path or by name in `PATH`.
///
/// Without a running systemd the state is unknown.
struct SystemdProbe: Probe {
    static let type = "systemd"

    private let unit: String
    private let maxRestarts: Int
    private let command: String
    private let thread = BlockingCall()

    init(reading section: ConfigurationSection) {
        unit = section.string("unit")
        maxRestarts = section.integer("maxRestarts", in: 0...1_000_000, default: 5)
        command = section.string("command", default: "systemctl")
        if unit.hasPrefix("-") || unit.utf8.contains(where: { $0 <= 0x20 }) || unit.utf8.count > 255 {
            section.refuse("unit", "\"\(unit.prefix(60))\" is not a unit's name")
        }
    }

    var isLocal: Bool { true }
    var address: String { "unit \(unit)" }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        let arguments = ["show", unit, "--property=\(SystemdUnit.properties.joined(separator: ","))", "--no-pager"]
        return await thread.look(timeout: timeout, failing: .unknown) { [command] in
            $0.isNotFound ? "\(command) is not installed here" : "\(command): \($0.message)"
        } _: { [command, maxRestarts] () throws(Errno) in
            let output = try CommandOutput.run(
                [command] + arguments, environment: tools.environment, timeout: timeout)
            if output.end == .late { throw .timedOut }
            return SystemdUnit.verdict(on: output, maxRestarts: maxRestarts)
        }
    }
}
