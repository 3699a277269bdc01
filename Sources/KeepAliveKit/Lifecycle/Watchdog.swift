package import KeepAlivePlatform
import Synchronization

/// Detects a zombie bot: connected and deaf, disconnected for too long, or with an executor that runs nothing. For
/// programs that use it alone; ``KeepAlive`` has its own.
///
/// Guarantee: it checks on the kit's thread `keepalive-guard`, with plain system calls. So it works while the
/// cooperative pool or the main thread is blocked, and while the bot holds all of its own locks.
///
/// Limits: it cannot detect missing events on a connection that answers; that needs a check of the bot's own.
public final class Watchdog: GuardDuty {
    /// Why a bot was given up.
    public typealias Condemnation = WatchdogCondemnation

    private let gateway: GatewayHeartbeat?
    private let thresholds: WatchdogThresholds
    private let onCondemned: @Sendable (Condemnation) -> Void
    private let events: EventQueue
    private let look = Mutex<WatchdogLook?>(nil)
    private let hasCondemned = Atomic<Bool>(false)

    /// Makes a watchdog; it checks from ``start()`` on.
    ///
    /// - Parameters:
    ///   - gateway: the heartbeat of the bot's connection; nil watches the executor alone.
    ///   - thresholds: when it gives up.
    ///   - onEvent: receives its findings, on a separate thread.
    ///   - onCondemned: handles a bot that was given up, on a separate thread, after that event.
    public init(
        gateway: GatewayHeartbeat?, thresholds: WatchdogThresholds,
        onEvent: @escaping @Sendable (KeepAliveEvent) -> Void = { _ in },
        onCondemned: @escaping @Sendable (Condemnation) -> Void
    ) {
        self.gateway = gateway
        self.thresholds = thresholds
        self.onCondemned = onCondemned
        events = EventQueue(onEvent: onEvent)
    }

    /// Checks from now on until ``stop()``, and logs the thresholds. A second call has no effect.
    ///
    /// - Throws: ``KeepAliveError/system(_:)``; then nothing runs.
    public func start() throws(KeepAliveError) {
        try ProcessGuard.shared.startOrSay()
        let isNew = look.withLock { look in
            if look != nil { return false }
            look = WatchdogLook(
                gateways: GatewayRegistry(main: gateway), thresholds: thresholds, canary: ExecutorCanary(), at: .now())
            return true
        }
        guard isNew else { return }
        events.post(.watchdogStarted(thresholds))
        ProcessGuard.shared.attach(self, takesSignals: false)
    }

    /// Ends the checks; a check in progress may finish.
    public func stop() {
        ProcessGuard.shared.detach(self)
        look.withLock { $0 = nil }
    }

    /// Whether the bot was given up; this happens at most once.
    public var isCondemning: Bool { hasCondemned.load(ordering: .relaxed) }

    package var isOver: Bool { false }

    package func turn(at now: MonotonicTime, signals: [Int32]) -> MonotonicTime? {
        let (findings, present) = look.withLock { ($0?.look(at: now), $0) }
        if findings != nil { present?.canary.send(at: now) }
        for finding in findings ?? [] {
            events.post(KeepAliveEvent(finding))
            guard case .condemned(let condemnation) = finding else { continue }
            hasCondemned.store(true, ordering: .relaxed)
            // Events go through the bot's own code, which may need the very lock that the bot hangs on.
            ProcessGuard.shared.run("keepalive-end") { [events, onCondemned] in
                events.flush()
                onCondemned(condemnation)
            }
        }
        return present?.next
    }
}

extension KeepAliveEvent {
    /// The event of a finding.
    init(_ finding: WatchdogLook.Finding) {
        self =
            switch finding {
            case .pause(let pause):
                .trouble("the process was suspended for \(pause.inWords); that time does not count as silence")
            case .quiet(let snapshot): .gatewayQuiet(snapshot)
            case .stalled(let gateway, let reason): .gatewayStalled(gateway.name, reason: reason)
            case .condemned(let condemnation): .condemned(condemnation, then: "the program decides what follows")
            }
    }
}
