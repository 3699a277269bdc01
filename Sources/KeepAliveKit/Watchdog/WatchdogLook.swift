import KeepAlivePlatform

/// Looks at a bot's connection and executor, and says what it sees and when to look next. It has no thread and sends nothing: the kit's
/// guard and ``Watchdog`` look, each on a thread that the bot cannot block.
struct WatchdogLook: Sendable {
    /// What it saw.
    enum Finding: Equatable {
        /// The whole process stood still; its silence is forgiven.
        case pause(Duration)
        /// Connected and silent, but the other side answers. Once for each silence.
        case quiet(GatewaySnapshot)
        /// The bot is given up. Once, until it is reprieved.
        case condemned(WatchdogCondemnation)
    }

    let canary: ExecutorCanary
    private let gateway: GatewayHeartbeat?
    private let policy: StallPolicy
    private var isCondemning = false
    private var wasQuiet = false
    private var nextLook: MonotonicTime
    /// When to look at the latest: a pause of the whole process that begins in the meantime is noticed only past its end, and must not
    /// look like a stall by then.
    private(set) var next: MonotonicTime

    init(gateway: GatewayHeartbeat?, thresholds: WatchdogThresholds, canary: ExecutorCanary, at now: MonotonicTime) {
        self.gateway = gateway
        self.canary = canary
        policy = StallPolicy(thresholds: thresholds)
        nextLook = now
        next = now
    }

    var thresholds: WatchdogThresholds { policy.thresholds }

    /// Looks, where it is time to; nil where it is not. Whoever calls sends the next canary.
    mutating func look(at now: MonotonicTime) -> [Finding]? {
        guard now >= next else { return nil }
        var findings: [Finding] = []
        let late = now.since(next)
        if late > thresholds.tolerance {
            // Stopped (SIGSTOP), frozen, or starved: the bot slept as long, and gets the time to show that it lives.
            canary.forgive(at: now)
            gateway?.expectSilence(until: now.advanced(by: thresholds.interval))
            findings.append(.pause(late))
        }
        if now >= nextLook {
            nextLook = now.advanced(by: thresholds.interval)
            findings += judge(at: now)
        } else if case .stopped = canary.state(at: now, limit: thresholds.stall) {
            findings += judge(at: now)
        }
        next = min(nextLook, now.advanced(by: thresholds.beat))
        return findings
    }

    /// The condemned body was started again: everything begins anew.
    mutating func reprieve() { isCondemning = false }

    /// Why the bot would be condemned now; nil while it would not.
    func verdict(at now: MonotonicTime) -> WatchdogCondemnation? {
        if case .stopped(let age) = canary.state(at: now, limit: thresholds.stall) {
            return .executor(stoppedFor: age, limit: thresholds.stall)
        }
        guard let snapshot = gateway?.snapshot(at: now), case .condemned(let reason) = policy.judge(snapshot) else {
            return nil
        }
        return .gateway(reason: reason, snapshot)
    }

    private mutating func judge(at now: MonotonicTime) -> [Finding] {
        guard !isCondemning else { return [] }
        if let condemnation = verdict(at: now) {
            isCondemning = true
            return [.condemned(condemnation)]
        }
        guard let snapshot = gateway?.snapshot(at: now) else { return [] }
        // Under a service manager it looks every few seconds.
        let isQuiet = policy.judge(snapshot) == .quiet
        defer { wasQuiet = isQuiet }
        return isQuiet && !wasQuiet ? [.quiet(snapshot)] : []
    }
}

extension WatchdogThresholds {
    /// How long the watchdog sleeps at most.
    fileprivate var beat: Duration { max(min(executorStall, stall, disconnectGrace) / 4, .milliseconds(100)) }

    /// Waking later than this was no matter of scheduling.
    fileprivate var tolerance: Duration { min(max(min(stall, disconnectGrace) / 4, .seconds(1)), .seconds(5)) }
}
