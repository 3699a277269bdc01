import KeepAliveKit
import KeepAlivePlatform
import Synchronization

@testable import KeepAliveHealthMonitor

/// A probe with scripted results, one after the other; the last one repeats.
final class ScriptedProbe: Probe {
    static let type = "scripted"
    let isLocal: Bool
    let address = "a script"
    private let results: Mutex<[ProbeResult]>
    private let count = Mutex(0)
    private let during: @Sendable (Int) async -> Void

    /// - Parameter during: runs during each probe, with its number from 1.
    init(results: [ProbeResult], isLocal: Bool = false, during: @escaping @Sendable (Int) async -> Void = { _ in }) {
        self.results = Mutex(results)
        self.isLocal = isLocal
        self.during = during
    }

    convenience init(
        _ statuses: [ProbeStatus], isLocal: Bool = false, during: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.init(
            results: statuses.map { ProbeResult(status: $0, message: "it is \($0)") }, isLocal: isLocal, during: during)
    }

    convenience init(reading section: ConfigurationSection) { self.init([]) }

    var looks: Int { count.withLock { $0 } }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        let look = count.withLock { count in
            count += 1
            return count
        }
        await during(look)
        return results.withLock { results in
            results.count > 1 ? results.removeFirst() : results.first ?? ProbeResult(status: .unknown, message: "")
        }
    }
}

/// A probe of a slow, healthy resource that fails if two probes overlap.
final class ExclusiveProbe: Probe {
    static let type = "exclusive"
    let isLocal = true
    let address = "a slow disk"
    private let looking = Mutex(0)

    init() {}
    convenience init(reading section: ConfigurationSection) { self.init() }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        let isAlone = looking.withLock { looking in
            looking += 1
            return looking == 1
        }
        for _ in 0..<20 { await Task.yield() }
        looking.withLock { $0 -= 1 }
        return ProbeResult(status: isAlone ? .healthy : .unhealthy, message: "")
    }
}

/// A probe that never ends and ignores its cancellation.
struct HangingProbe: Probe {
    static let type = "hanging"
    let isLocal = false
    let address = "nowhere"

    init() {}
    init(reading section: ConfigurationSection) {}

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        await unsafe withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
        return ProbeResult(status: .healthy, message: "")
    }
}

extension TargetState {
    /// A record at a time when wall and monotonic clock agree.
    mutating func record(
        _ status: ProbeStatus, _ severity: Severity? = nil, at now: Int64, tick: MonotonicTime? = nil, rules: Rules,
        silence: Silence? = nil, marks: ServiceMarks = ServiceMarks()
    ) -> [AlertEvent] {
        record(
            ProbeResult(status: status, message: "it is \(status)", severity: severity), of: "casino", at: now,
            tick: tick ?? MonotonicTime(nanoseconds: now &* 1000), rules: rules, silence: silence, marks: marks)
    }
}

extension Target {
    /// A target for tests.
    init(
        _ name: String, _ probe: any Probe, critical: Bool = false, interval: Duration = .seconds(60),
        timeout: Duration = .seconds(10), retries: [Duration] = [], dependsOn: [String] = [],
        maintenance: [MaintenanceWindow] = [], channels: [String]? = nil, restart: [String]? = nil,
        group: String? = nil, isPublic: Bool = false
    ) {
        self.init(
            name: name, group: group, isPublic: isPublic, interval: interval, timeout: timeout, retryDelays: retries,
            rules: .init(alertsWhenDegraded: false, isCritical: critical), dependsOn: dependsOn,
            maintenance: maintenance, channels: channels, restartCommand: restart, probe: probe)
    }
}
