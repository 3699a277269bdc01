import KeepAliveKit
import Synchronization

@testable import health_monitor

/// A probe that says what a test tells it to, one result after the other; the last one for ever.
final class ScriptedProbe: Probe {
    static let type = "scripted"
    let isLocal: Bool
    let address = "a script"
    private let results: Mutex<[ProbeResult]>
    private let count = Mutex(0)

    init(_ statuses: [ProbeStatus], isLocal: Bool = false) {
        results = Mutex(statuses.map { ProbeResult(status: $0, message: "it is \($0)") })
        self.isLocal = isLocal
    }

    convenience init(reading section: ConfigurationSection) { self.init([]) }

    var looks: Int { count.withLock { $0 } }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        count.withLock { $0 += 1 }
        return results.withLock { results in
            results.count > 1 ? results.removeFirst() : results.first ?? ProbeResult(status: .unknown, message: "")
        }
    }
}

/// A probe that never ends, and does not listen to anybody.
struct HangingProbe: Probe {
    static let type = "hanging"
    let isLocal = false
    let address = "nowhere"

    init() {}
    init(reading section: ConfigurationSection) {}

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
        return ProbeResult(status: .healthy, message: "")
    }
}

extension Target {
    /// A target of a test.
    init(
        _ name: String, _ probe: any Probe, critical: Bool = false, interval: Duration = .seconds(60),
        timeout: Duration = .seconds(10), retries: [Duration] = [], dependsOn: [String] = [],
        maintenance: [MaintenanceWindow] = [], channels: [String]? = nil, restart: [String]? = nil,
        group: String? = nil, isPublic: Bool = false
    ) {
        self.init(
            name: name, group: group, isCritical: critical, isPublic: isPublic, interval: interval, timeout: timeout,
            retryDelays: retries, failureThreshold: 3, recoveryThreshold: 1, alertsWhenDegraded: false,
            dependsOn: dependsOn, maintenance: maintenance, channels: channels, restartCommand: restart, probe: probe)
    }
}
