import KeepAlivePlatform
import Synchronization

/// One run of a bot, used once: feeds its ``Lifecycle`` on the guard's thread, and performs the resulting actions.
///
/// All others post events, which never waits, and read the published phase. The body, and code that may wait for it,
/// run in ``BodyLoop``.
final class BotRun: GuardDuty {
    /// What the run acts on; `AutoRestart` alone has neither manager nor watchdog.
    struct Parts: Sendable {
        var events: EventQueue
        var health: HealthMonitor?
        var gateways = GatewayRegistry()
        var notifier: ServiceNotifier?
        var watchdog: WatchdogLook?
        var ledger: LedgerKeeper?
        var clock: any Clock<Duration> = SuspendingClock()
        var classify: (@Sendable (any Error) -> ErrorClass?)?
        var describe: @Sendable (any Error) -> String = { "\($0)" }
    }

    /// Used by the guard's thread; the lock is never contended.
    private struct State {
        var lifecycle: Lifecycle
        var timers: [Lifecycle.Timer: MonotonicTime] = [:]
        var watchdog: WatchdogLook?
        var feedAt = MonotonicTime(nanoseconds: 0)
    }

    let rules: Lifecycle.Rules
    let parts: Parts
    let loop = BodyLoop()
    private let inbox = Mutex<[Lifecycle.Event]>([])
    private let state: Mutex<State>
    private let published = Atomic<Lifecycle.Phase>(.made)
    private let condemned = Atomic<Bool>(false)

    init(_ rules: Lifecycle.Rules, _ parts: Parts) {
        self.rules = rules
        self.parts = parts
        state = Mutex(State(lifecycle: Lifecycle(rules), watchdog: parts.watchdog))
    }

    /// The gateways report to this run from now on, and ages from before do not count against it. A run that is refused
    /// must not do this: the gateways belong to the run under way.
    func takeGateways(at now: MonotonicTime = .now()) {
        parts.gateways.expectSilence(until: now)
        parts.gateways.main?.whenReady { [weak self] in self?.post(.connected) }
    }

    /// The phase of the run, as last published.
    var phase: Lifecycle.Phase { published.load(ordering: .acquiring) }

    /// Whether the watchdog has given the bot up, and its body has not restarted since.
    var isCondemned: Bool { condemned.load(ordering: .acquiring) }

    /// Posts an event to the guard's thread. From any thread; never waits.
    func post(_ event: Lifecycle.Event) {
        inbox.withLock { $0.append(event) }
        ProcessGuard.shared.wake()
    }

    var isOver: Bool { phase == .ended }

    /// Under the kit's `main` the program may pause after its run, and the manager still expects signs of life.
    private var isFeeding: Bool { !isOver || rules.endsProcess }

    // MARK: On the guard's thread

    func turn(at now: MonotonicTime, signals: [Int32]) -> MonotonicTime? {
        var events = inbox.withLock { inbox in
            defer { inbox = [] }
            return inbox
        }
        events += signals.map { .signal($0, name: SignalRelay.name($0)) }
        events += state.withLock { state in
            let due = state.timers.filter { $0.value <= now }.keys
            for timer in due { state.timers[timer] = nil }
            return due.map { .due($0) }
        }
        handle(events, at: now)
        let isWatched = phase != .made && phase.rawValue < Lifecycle.Phase.stopping.rawValue
        if isWatched {
            watch(at: now)
            parts.health?.observe(at: now)
        } else {
            parts.watchdog?.pauses.expectCheck(by: nil)
        }
        feedManager(at: now, isWatched: isWatched)
        return state.withLock { state in
            var next = Array(state.timers.values)
            if isWatched, let look = state.watchdog { next.append(look.next) }
            // So that `status_since` is right, also where nobody asks.
            if isWatched, parts.health != nil { next.append(now.advanced(by: .seconds(1))) }
            if parts.notifier?.watchdogTimeout != nil, isFeeding { next.append(state.feedAt) }
            return next.min()
        }
    }

    private func handle(_ events: [Lifecycle.Event], at now: MonotonicTime) {
        for event in events {
            let actions = state.withLock { $0.lifecycle.handle(event, at: now) }
            for action in actions { perform(action, at: now) }
        }
    }

    private func watch(at now: MonotonicTime) {
        guard let findings = state.withLock({ $0.watchdog?.look(at: now) }) else { return }
        for finding in findings {
            if case .condemned(let condemnation) = finding {
                handle([.condemned(condemnation)], at: now)
            } else {
                parts.events.post(KeepAliveEvent(finding))
                if case .stalled(let gateway, _) = finding { restartAlone(gateway) }
            }
        }
        parts.watchdog?.canary.send(at: now)
    }

    /// The embedder's code runs where it may wait, and holds up neither the log nor the callbacks of other gateways.
    private func restartAlone(_ gateway: NamedGateway) {
        guard let onStall = parts.gateways.named.first(where: { $0.name == gateway.name })?.onStall else { return }
        ProcessGuard.shared.run("keepalive-stall") { onStall(gateway.snapshot) }
    }

    /// Sends `WATCHDOG=1` three times per `WatchdogSec`, while the bot is ready and the watchdog would not give it up.
    private func feedManager(at now: MonotonicTime, isWatched: Bool) {
        guard isFeeding, let notifier = parts.notifier, let timeout = notifier.watchdogTimeout else { return }
        let isWell = state.withLock { state -> Bool? in
            guard state.feedAt <= now else { return nil }
            state.feedAt = now.advanced(by: timeout / 3)
            return !isWatched || state.watchdog?.verdict(at: now) == nil
        }
        if isWell == true, notifier.isReady { notifier.send("WATCHDOG=1") }
    }

    private func perform(_ action: Lifecycle.Action, at now: MonotonicTime) {
        switch action {
        case .arm(let timer, let time): state.withLock { $0.timers[timer] = time }
        case .disarm(let timer): state.withLock { $0.timers[timer] = nil }
        case .publish(let phase): published.store(phase, ordering: .releasing)
        case .show(let body): parts.health?.body = body
        case .condemn(let isCondemned):
            condemned.store(isCondemned, ordering: .releasing)
            if !isCondemned {
                parts.gateways.beginAnew(at: now)
                state.withLock { $0.watchdog?.reprieve() }
            }
        case .notify(let notice): parts.notifier?.tell(notice)
        case .expectSilence(let wait): parts.gateways.expectSilence(until: now.advanced(by: wait))
        case .endSilence: parts.gateways.endSilence(at: now)
        case .countRestart: parts.health?.recordRestart()
        case .order(let order): loop.give(order)
        case .cancel: loop.cancel()
        case .emit(let event): parts.events.post(event)
        case .letSignalsGo(let code):
            if rules.ownsProcess { SignalRelay.disconnect(endingWith: code) }
        case .passOn(let signal): kill(getpid(), signal)
        case .exit(let code):
            parts.events.flush()
            // Not exit(3): its handlers could wait for the very threads that hang.
            endProcessAtOnce(code)
        case .abort:
            parts.events.flush()
            KeepAlivePlatform.abort()
        }
    }
}

extension BotRun {
    /// Runs the body until the run is over; returns why it failed, nil when it was stopped as asked.
    func run(_ body: @escaping @Sendable () async throws -> Void) async -> KeepAliveError? {
        await withTaskCancellationHandler {
            await loop.run(self, body)
        } onCancel: {
            post(.stop(by: "the task that runs the bot was cancelled"))
        }
    }

    /// Returns once every event is delivered, or a receiver blocks; then nothing of the run is left. If the process
    /// ends with the program, the guard ends it.
    func end() async {
        if !parts.events.isEmpty {
            await withCheckedContinuation { continuation in
                ProcessGuard.shared.run("keepalive-flush") { [parts] in
                    parts.events.flush()
                    continuation.resume()
                }
            }
        }
        parts.gateways.forget(at: .now())
        if !rules.endsProcess { ProcessGuard.shared.detach(self) }
    }

    /// Restores each signal's action from before the run.
    static func releaseSignals() {
        SignalRelay.release()
        CrashSignals.release()
    }
}
