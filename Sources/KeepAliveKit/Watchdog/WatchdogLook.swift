import KeepAlivePlatform

/// Checks a bot's connection and executor; returns its findings and the time of the next check. It has no thread and
/// sends nothing: the kit's guard and ``Watchdog`` call it, each on a thread that the bot cannot block.
struct WatchdogLook: Sendable {
    /// A result of the check.
    enum Finding: Equatable {
        /// The whole process was stopped; that time does not count as silence.
        case pause(Duration)
        /// The connection is silent, but the other side answers. Once for each silence.
        case quiet(GatewaySnapshot)
        /// A named gateway is given up alone. Once for each stall.
        case stalled(NamedGateway, reason: String)
        /// The bot is given up. Once, until it is reprieved.
        case condemned(WatchdogCondemnation)
    }

    let canary: ExecutorCanary
    let pauses: PauseWatch
    private let gateways: GatewayRegistry
    private let policy: StallPolicy
    private var isCondemning = false
    /// The gateways that were quiet at the last check; nil is the unnamed one.
    private var quiet: Set<String?> = []
    /// The gateways whose callback has received the current stall.
    private var stalled: Set<String> = []
    private var nextLook: MonotonicTime
    /// The latest time of the next check. The end of a process-wide pause must not look like a stall.
    private(set) var next: MonotonicTime

    /// - Parameter pauses: nil is a watch of its own.
    init(
        gateways: GatewayRegistry, thresholds: WatchdogThresholds, canary: ExecutorCanary, pauses: PauseWatch? = nil,
        at now: MonotonicTime
    ) {
        self.gateways = gateways
        self.canary = canary
        self.pauses = pauses ?? PauseWatch(gateways: gateways, canary: canary, grace: thresholds.interval)
        policy = StallPolicy(thresholds: thresholds)
        nextLook = now
        next = now
    }

    var thresholds: WatchdogThresholds { policy.thresholds }

    /// Checks if it is due; nil if not. The caller sends the next canary.
    mutating func look(at now: MonotonicTime) -> [Finding]? {
        guard now >= next else { return nil }
        var findings: [Finding] = []
        let late = now.since(next)
        if late > thresholds.tolerance {
            // Stopped (SIGSTOP), frozen, or starved: the bot was stopped as long, and gets time to show that it lives.
            pauses.forgive(at: now)
            findings.append(.pause(late))
        }
        if now >= nextLook {
            nextLook = now.advanced(by: thresholds.pause)
            findings += judge(at: now)
        } else if case .stopped = canary.state(at: now, limit: thresholds.stall) {
            findings += judge(at: now)
        }
        next = min(nextLook, now.advanced(by: thresholds.beat))
        pauses.expectCheck(by: next.advanced(by: thresholds.tolerance))
        return findings
    }

    /// The body was restarted: all earlier findings are dropped.
    mutating func reprieve() {
        isCondemning = false
        stalled = []
    }

    /// Why the bot would be given up now; nil if it would not.
    func verdict(at now: MonotonicTime) -> WatchdogCondemnation? {
        if case .stopped(let age) = canary.state(at: now, limit: thresholds.stall) {
            return .executor(stoppedFor: age, limit: thresholds.stall)
        }
        if let snapshot = gateways.main?.snapshot(at: now), case .condemned(let reason) = policy.judge(snapshot) {
            return .gateway(reason: reason, snapshot)
        }
        let named = gateways.named
        let lost = lost(of: named, at: now)
        if let (entry, snapshot, reason) = lost.first(where: { $0.entry.onStall == nil }) {
            return .gateway(entry.name, reason: reason, snapshot)
        }
        // Each callback has had at least one check interval since it received its stall.
        guard let first = lost.first, lost.count == named.count, lost.allSatisfy({ stalled.contains($0.entry.name) })
        else { return nil }
        return .allGateways(named.count, reason: first.reason)
    }

    private func lost(
        of named: [GatewayRegistry.Entry], at now: MonotonicTime
    ) -> [(entry: GatewayRegistry.Entry, snapshot: GatewaySnapshot, reason: String)] {
        named.compactMap { entry in
            let snapshot = entry.heartbeat.snapshot(at: now)
            guard case .condemned(let reason) = policy.judge(snapshot) else { return nil }
            return (entry, snapshot, reason)
        }
    }

    private mutating func judge(at now: MonotonicTime) -> [Finding] {
        guard !isCondemning else { return [] }
        if let condemnation = verdict(at: now) {
            isCondemning = true
            return [.condemned(condemnation)]
        }
        let named = gateways.named
        let lost = lost(of: named, at: now)
        let fresh = lost.filter { !stalled.contains($0.entry.name) }
        stalled = Set(lost.map(\.entry.name))
        let all = [(nil, gateways.main)] + named.map { ($0.name, $0.heartbeat) }
        let silent = all.compactMap { name, heartbeat -> (name: String?, snapshot: GatewaySnapshot)? in
            guard let snapshot = heartbeat?.snapshot(at: now), policy.judge(snapshot) == .quiet else { return nil }
            return (name, snapshot)
        }
        // Under a service manager it checks every few seconds.
        defer { quiet = Set(silent.map(\.name)) }
        return fresh.map {
            .stalled(.init(name: $0.entry.name, snapshot: $0.snapshot, isStalled: true), reason: $0.reason)
        } + silent.filter { !quiet.contains($0.name) }.map { .quiet($0.snapshot) }
    }
}

extension WatchdogThresholds {
    /// The longest sleep of the watchdog.
    fileprivate var beat: Duration { max(min(executorStall, stall, disconnectGrace) / 4, .milliseconds(100)) }

    /// A later wake-up is no scheduling delay.
    fileprivate var tolerance: Duration { min(max(min(stall, disconnectGrace) / 4, .seconds(1)), .seconds(5)) }
}
