import KeepAliveKit
import KeepAlivePlatform

/// Waits for calls of a service that the monitor cannot reach: type `push`. Silence fails.
///
/// - `token`: the service sends it with each call; anyone who knows it can report the service as healthy.
/// - `maxSilence` (300): seconds without a call until it is unhealthy.
/// - `schedule`, `timeZone` (UTC), `grace` (300): when a job is due instead, and how many seconds later it may call.
/// - `maxDuration`: the most seconds between the calls that begin and end a run.
struct PushProbe: Probe {
    static let type = "push"

    private let token: String
    private let limits: PushVerdict.Limits

    init(reading section: ConfigurationSection) {
        token = section.string("token")
        let maxSilence = section.seconds("maxSilence", in: 1...31_536_000, default: .seconds(300))
        let schedule = JobSchedule(reading: section)
        let grace = section.seconds("grace", in: 0...2_592_000, default: .seconds(300))
        let isScheduled = section.has("schedule")
        if isScheduled, section.has("maxSilence") {
            section.refuse("maxSilence", "schedule says when it is due: remove one of them")
        }
        if !isScheduled, section.has("grace") {
            section.refuse("grace", "it needs schedule: add it, or remove this key")
        }
        let maxDuration =
            section.has("maxDuration")
            ? section.seconds("maxDuration", in: 1...31_536_000, default: .seconds(3600)) : nil
        limits = PushVerdict.Limits(
            maxSilence: isScheduled ? nil : maxSilence, schedule: schedule, grace: grace, maxDuration: maxDuration)
        if !token.isEmpty, token.utf8.count < 8 {
            section.refuse("token", "\(token.utf8.count) characters are too easily guessed: give at least 8")
        }
    }

    var pushToken: String? { token }
    var schedule: JobSchedule? { limits.schedule }
    var isLocal: Bool { false }
    var address: String { "calls of the service" }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        PushVerdict(tools.pushes.report(token), limits, now: .now(), wallNow: .now()).result
    }
}
