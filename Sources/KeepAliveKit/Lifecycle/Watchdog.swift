import KeepAlivePlatform
import Synchronization

/// Notices that the bot is a zombie: connected and deaf, disconnected for too long, or with an executor that runs nothing.
/// For programs that use it alone; in ``KeepAlive`` the guard's thread looks.
///
/// Guarantee: it looks and acts on a thread of its own, with plain system calls, so it does so while the cooperative pool
/// is blocked, while the main thread is blocked, and while the bot holds all of its own locks.
///
/// What it cannot tell: whether a connection that answers brings all that it should; that takes a check of the bot's own.
public final class Watchdog: Sendable {
    /// Why a bot was condemned.
    public typealias Condemnation = WatchdogCondemnation

    private let gateway: GatewayHeartbeat?
    private let thresholds: WatchdogThresholds
    private let onCondemned: @Sendable (Condemnation) -> Void
    private let events: EventQueue
    private let running = Mutex<Running?>(nil)
    private let hasCondemned = Atomic<Bool>(false)

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
    ///   - onEvent: told of what it sees, on a thread of its own.
    ///   - onCondemned: what becomes of a condemned bot, called on the watchdog's thread.
    public init(
        gateway: GatewayHeartbeat?, thresholds: WatchdogThresholds,
        onEvent: @escaping @Sendable (KeepAliveEvent) -> Void = { _ in },
        onCondemned: @escaping @Sendable (Condemnation) -> Void
    ) {
        self.gateway = gateway
        self.thresholds = thresholds
        self.onCondemned = onCondemned
        events = EventQueue { item in
            if case .event(let event) = item { onEvent(event) }
        }
    }

    /// Starts the thread, which runs until ``stop()``, and tells the thresholds. Again does nothing.
    ///
    /// - Throws: ``KeepAliveError/system(_:)``; then nothing runs.
    public func start() throws(KeepAliveError) {
        try running.withLock { running throws(KeepAliveError) in
            guard running == nil else { return }
            let life = Running()
            do throws(Errno) {
                try OSThread.start(name: "keepalive-watch") { [self] in
                    var look = WatchdogLook(
                        gateway: gateway, thresholds: thresholds, canary: ExecutorCanary(), at: .now())
                    while !life.isStopped.load(ordering: .acquiring) {
                        for finding in look.look(at: .now()) { act(on: finding) }
                        look.canary.send(at: .now())
                        life.bell.wait(until: look.next)
                    }
                }
            } catch {
                throw .system("\(error) (for the watchdog's thread)")
            }
            running = life
            events.post(.watchdogStarted(thresholds))
        }
    }

    /// Ends the thread; it may look one last time.
    public func stop() {
        running.withLock { life in
            life?.isStopped.store(true, ordering: .releasing)
            life?.bell.ring()
            life = nil
        }
    }

    /// Whether the bot was condemned; a watchdog condemns once.
    public var isCondemning: Bool { hasCondemned.load(ordering: .relaxed) }

    private func act(on finding: WatchdogLook.Finding) {
        events.post(KeepAliveEvent(finding))
        guard case .condemned(let condemnation) = finding else { return }
        hasCondemned.store(true, ordering: .relaxed)
        // What is told goes through the bot's own code, which may need the very lock that the bot hangs on.
        events.flush()
        onCondemned(condemnation)
    }
}

extension KeepAliveEvent {
    /// What is told of a finding.
    init(_ finding: WatchdogLook.Finding) {
        self =
            switch finding {
            case .pause(let pause):
                .trouble("the whole process stood still for \(pause.inWords); its silence is forgiven")
            case .quiet(let snapshot): .gatewayQuiet(snapshot)
            case .condemned(let condemnation): .condemned(condemnation)
            }
    }
}
