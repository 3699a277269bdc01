import KeepAliveKit
import KeepAlivePlatform

/// Waits for calls of a service that the monitor cannot reach: type `push`. Silence fails.
///
/// - `token`: the service sends it with each call; anyone who knows it can report the service as healthy.
/// - `maxSilence` (300): seconds without a call until it is unhealthy.
struct PushProbe: Probe {
    static let type = "push"

    private let token: String
    private let maxSilence: Duration

    init(reading section: ConfigurationSection) {
        token = section.string("token")
        maxSilence = section.seconds("maxSilence", in: 1...31_536_000, default: .seconds(300))
        if !token.isEmpty, token.utf8.count < 8 {
            section.refuse("token", "\(token.utf8.count) characters are too easily guessed: give at least 8")
        }
    }

    var pushToken: String? { token }
    var isLocal: Bool { false }
    var address: String { "calls of the service" }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        Self.verdict(
            tools.pushes.last(token), start: tools.pushes.silentSince(token), now: .now(), maxSilence: maxSilence)
    }

    /// Judges the last call. Pure.
    static func verdict(
        _ call: PushBoard.Call?, start: MonotonicTime, now: MonotonicTime, maxSilence: Duration
    ) -> ProbeResult {
        let silence = now.since(call?.at ?? start)
        let check = { (status: ProbeStatus) in
            [ProbeResult.SubCheck(name: "silence", status: status, value: silence.seconds)]
        }
        guard silence <= maxSilence else {
            let what = call == nil ? "no call" : "no further call"
            return ProbeResult(
                status: .unhealthy, message: "\(what) for \(silence.components.seconds) s", checks: check(.unhealthy))
        }
        guard let call else {
            // The target is new: silence proves nothing yet.
            return ProbeResult(status: .unknown, message: "no call yet", checks: check(.unknown))
        }
        return ProbeResult(
            status: call.status,
            message: call.message?.line().limited(to: 1000) ?? Self.words(call.status, silence.components.seconds),
            checks: check(.healthy))
    }

    /// What a call without a message comes to: an alert needs a reason.
    private static func words(_ status: ProbeStatus, _ seconds: Int64) -> String {
        switch status {
        case .unhealthy: "it reported a failure \(seconds) s ago"
        case .degraded: "it reported a problem \(seconds) s ago"
        case .healthy, .unknown, .maintenance: "last call \(seconds) s ago"
        }
    }
}
