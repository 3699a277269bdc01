import KeepAlivePlatform
import Synchronization

/// Notices that the bot is a zombie: connected and deaf, disconnected for too long, or with an executor that runs nothing.
///
/// Guarantee: it looks and acts on a thread of its own, with plain system calls, so it does so while the cooperative pool
/// is blocked, while the main thread is blocked, and while the bot holds all of its own locks.
///
/// What it cannot tell: whether a connection that answers brings all that it should; that takes a check of the bot's own.
public final class Watchdog: Sendable {
    /// Why a bot was condemned.
    public enum Condemnation: Equatable, Sendable, CustomStringConvertible {
        /// Its connection is a zombie, or was lost for too long.
        case gateway(reason: String, GatewaySnapshot)
        /// Swift's cooperative pool runs nothing.
        case executor(stoppedFor: Duration, limit: Duration)

        /// The line that says why.
        public var description: String {
            switch self {
            case .gateway(let reason, let snapshot): "\(reason); \(snapshot)"
            case .executor(let age, let limit):
                "Swift's executor has run nothing for \(age.inWords) (limit \(limit.inWords)): every thread of the "
                    + "cooperative pool is blocked"
            }
        }
    }

    private let canary: ExecutorCanary
    private let policy: StallPolicy
    private let gateway: GatewayHeartbeat?
    private let onCondemned: @Sendable (Condemnation) -> Void
    private let onEvent: @Sendable (KeepAliveEvent) -> Void
    private let hasCondemned = Atomic<Bool>(false)
    private let actionIsDue = Atomic<Bool>(false)
    private let saidQuiet = Atomic<Bool>(false)
    private let running = Mutex<Running?>(nil)

    /// One thread's life.
    private final class Running: Sendable {
        let bell = Bell()
        let isStopped = Atomic<Bool>(false)
    }

    /// Makes a watchdog; it looks once it is started.
    ///
    /// - Parameters:
    ///   - gateway: what the bot tells of its connection; nil watches the executor alone.
    ///   - thresholds: when it loses patience.
    ///   - onEvent: told of what it sees.
    ///   - onCondemned: what becomes of a condemned bot, called on the watchdog's thread.
    public convenience init(
        gateway: GatewayHeartbeat?, thresholds: WatchdogThresholds,
        onEvent: @escaping @Sendable (KeepAliveEvent) -> Void = { _ in },
        onCondemned: @escaping @Sendable (Condemnation) -> Void
    ) {
        self.init(
            gateway: gateway, thresholds: thresholds, canary: ExecutorCanary(), onEvent: onEvent,
            onCondemned: onCondemned)
    }

    init(
        gateway: GatewayHeartbeat?, thresholds: WatchdogThresholds, canary: ExecutorCanary,
        onEvent: @escaping @Sendable (KeepAliveEvent) -> Void,
        onCondemned: @escaping @Sendable (Condemnation) -> Void
    ) {
        self.canary = canary
        self.gateway = gateway
        self.onEvent = onEvent
        self.onCondemned = onCondemned
        policy = StallPolicy(thresholds: thresholds)
    }

    /// Starts the thread, which runs until ``stop()``, and tells the thresholds. Again does nothing.
    ///
    /// - Throws: ``KeepAliveError/system(_:)``.
    public func start() throws(KeepAliveError) {
        guard running.withLock({ $0 == nil }) else { return }
        let life = Running()
        do throws(Errno) {
            try OSThread.start(name: "keepalive-watch") { [self] in
                var round = WatchdogRound(at: .now())
                while !life.isStopped.load(ordering: .acquiring) {
                    round = look(round, at: .now())
                    life.bell.wait(until: round.next)
                }
            }
            running.withLock { $0 = life }
        } catch {
            throw .system("\(error) (for the watchdog's thread)")
        }
        onEvent(.watchdogStarted(policy.thresholds))
    }

    /// Ends the thread; it may look one last time.
    public func stop() {
        running.withLock { life in
            life?.isStopped.store(true, ordering: .releasing)
            life?.bell.ring()
            life = nil
        }
    }

    /// Whether the bot was condemned and has not been started again since.
    public var isCondemning: Bool { hasCondemned.load(ordering: .relaxed) }

    /// The condemned body was started again: everything begins anew.
    func reprieve() {
        hasCondemned.store(false, ordering: .relaxed)
    }

    /// Whether the bot would be condemned now; a service manager hears `WATCHDOG=1` only while it would not.
    func wouldCondemn(at now: MonotonicTime) -> Bool {
        verdict(at: now) != nil
    }

    /// Looks once; returns when to look again.
    func look(_ round: WatchdogRound, at now: MonotonicTime) -> WatchdogRound {
        var round = round
        if let pause = round.overslept(at: now, tolerance: policy.thresholds.tolerance) {
            // Stopped (SIGSTOP), frozen, or starved: the bot slept as long, and gets the time to show that it lives.
            canary.forgive(at: now)
            gateway?.expectSilence(until: now.advanced(by: policy.thresholds.interval))
            onEvent(.trouble("the whole process stood still for \(pause.inWords); its silence is forgiven"))
        }
        if now >= round.nextLook {
            judge(at: now)
            round.nextLook = now.advanced(by: policy.thresholds.interval)
        } else if case .stopped = canary.state(at: now, limit: policy.thresholds.stall) {
            judge(at: now)
        }
        canary.send(at: now)
        round.wake(at: min(round.nextLook, now.advanced(by: policy.thresholds.beat)))
        return round
    }

    private func judge(at now: MonotonicTime) {
        guard !hasCondemned.load(ordering: .relaxed) else { return }
        if let condemnation = verdict(at: now) {
            hasCondemned.store(true, ordering: .relaxed)
            actionIsDue.store(true, ordering: .relaxed)
            // The line goes through the bot's own log, which may need the very lock that the bot hangs on.
            try? OSThread.start(name: "keepalive-end") { [self] in
                OSThread.rest(milliseconds: 2000)
                act(on: condemnation)
            }
            onEvent(.condemned(condemnation))
            act(on: condemnation)
        } else if let snapshot = gateway?.snapshot(at: now) {
            // Once for each silence: under a service manager it looks every few seconds.
            let isQuiet = policy.judge(snapshot) == .quiet
            let wasQuiet = saidQuiet.exchange(isQuiet, ordering: .relaxed)
            if isQuiet, !wasQuiet { onEvent(.gatewayQuiet(snapshot)) }
        }
    }

    private func act(on condemnation: Condemnation) {
        if actionIsDue.exchange(false, ordering: .relaxed) { onCondemned(condemnation) }
    }

    private func verdict(at now: MonotonicTime) -> Condemnation? {
        if case .stopped(let age) = canary.state(at: now, limit: policy.thresholds.stall) {
            return .executor(stoppedFor: age, limit: policy.thresholds.stall)
        }
        guard let snapshot = gateway?.snapshot(at: now), case .condemned(let reason) = policy.judge(snapshot) else {
            return nil
        }
        return .gateway(reason: reason, snapshot)
    }
}

/// When the watchdog looks next, and whether it woke when it meant to. Pure.
struct WatchdogRound: Equatable {
    var nextLook: MonotonicTime
    private(set) var next: MonotonicTime

    init(at now: MonotonicTime) {
        nextLook = now
        next = now
    }

    mutating func wake(at time: MonotonicTime) {
        next = time
    }

    /// How long the process stood still, when it woke far too late.
    func overslept(at now: MonotonicTime, tolerance: Duration) -> Duration? {
        let late = now.since(next)
        return late > tolerance ? late : nil
    }
}

extension WatchdogThresholds {
    /// How long the watchdog sleeps at most: a pause of the whole process that begins in its sleep is noticed only past its
    /// end, and must not look like a stall by then.
    var beat: Duration { max(min(executorStall, stall, disconnectGrace) / 4, .milliseconds(100)) }

    /// Waking later than this was no matter of scheduling.
    var tolerance: Duration { min(max(min(stall, disconnectGrace) / 4, .seconds(1)), .seconds(5)) }
}
