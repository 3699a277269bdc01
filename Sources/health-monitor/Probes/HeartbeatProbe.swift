import KeepAliveKit
import KeepAlivePlatform

/// Checks the age of a file that a service touches while it runs: type `heartbeat`.
///
/// - `path`; `maxAge` (300): seconds after which it is unhealthy; a missing file is unhealthy too.
struct HeartbeatProbe: Probe {
    static let type = "heartbeat"

    private let path: String
    private let maxAge: Duration
    private let thread = BlockingCall()

    init(reading section: ConfigurationSection) {
        path = section.string("path")
        maxAge = section.seconds("maxAge", in: 1...31_536_000, default: .seconds(300))
    }

    var isLocal: Bool { true }
    var address: String { path }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        await thread.look(timeout: timeout, failing: .unhealthy) {
            $0.isNotFound ? "the file does not exist" : "it cannot be read: \($0.message)"
        } _: { [path, maxAge] () throws(Errno) in
            Self.verdict(modified: try FileStatus(of: path).modified, now: .now(), maxAge: maxAge)
        }
    }

    /// Judges an age. Pure.
    static func verdict(modified: WallTime, now: WallTime, maxAge: Duration) -> ProbeResult {
        let (age, overflow) = now.microseconds.subtractingReportingOverflow(modified.microseconds)
        let seconds = overflow ? 0 : Double(age) / 1_000_000
        var status = ProbeStatus.healthy
        var message = "the last heartbeat is \(Int(seconds.clamped(to: 0...1e15))) s old"
        if seconds > maxAge.seconds {
            status = .unhealthy
            message += ", more than \(maxAge.inWords)"
        } else if -seconds > maxAge.seconds {
            // A clock was set back, or the date is invented: such a file would always look young.
            status = .degraded
            message = "the last heartbeat has a time in the future; check the clock"
        }
        return ProbeResult(
            status: status, message: message,
            checks: [.init(name: "heartbeat.age", status: status, value: max(0, seconds))])
    }
}
