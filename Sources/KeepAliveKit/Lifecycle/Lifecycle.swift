import KeepAlivePlatform
import Synchronization

/// Decides when the body of one run starts and is cancelled, when the process ends, and which notices it sends and
/// logs. Pure: it neither sleeps nor reads a clock.
///
/// | event \ phase | made | waiting | running | restarting | stopping | ended |
/// |---|---|---|---|---|---|---|
/// | began | start, or wait → waiting | – | – | – | finish → ended | – |
/// | waited | – | start → running | – | – | finish → ended | – |
/// | bodyLeft | – | – | show it | – | – | – |
/// | bodyEnded | – | – | wait → waiting, or finish → ended | start → running | finish → ended | – |
/// | ranWell | – | – | forget failures | forget failures | – | – |
/// | restart | – | cut the wait, also in the ledger | cancel, deadline → restarting | repeat the notice | – | – |
/// | stop | deadline → stopping | cancel, deadline → stopping | as waiting | as waiting | – | – |
/// | signal | as stop | as stop | as stop | as stop | – | end the process |
/// | condemned | end the process, or restart | as made | as made | as made | – | – |
/// | connected | READY=1 | READY=1 | READY=1 | READY=1 | – | – |
/// | due(restart) | – | – | – | exit 75 | – | – |
/// | due(stop) | – | – | – | – | exit 0 | – |
/// | due(rest) | – | – | – | – | – | exit |
///
/// If the process does not belong to the bot (`ownsProcess`), each exit is a finish with an error instead. A body that
/// is given up is then cancelled first, and has its time to end.
///
/// Actions come in the order in which they must happen: arm the deadline, publish the phase, notify, cancel, emit. The
/// order to the loop comes last, so that the loop's own events follow. Attempt N+1 never starts before attempt N has
/// returned, because two long polls on one token fight (409). Only a new process cures a body that ignores its
/// cancellation; exit code 75 asks for it.
struct Lifecycle: Sendable {
    /// What stays constant during a run.
    struct Rules: Sendable {
        var policy = RestartPolicy()
        /// How long a cancelled body may take; nil leaves the process alone, and logs no requests.
        var timeout: Duration?
        /// Whether a running body alone makes the bot ready; otherwise the gateway decides.
        var isReadyWithBody = true
        /// Whether a body with a lost or deaf connection is restarted, instead of the process.
        var restartsCondemned = false
        /// Whether the process ends with the program.
        var endsProcess = false
        /// Whether the process may be ended because of the bot; otherwise the run ends with an error.
        var ownsProcess = true
    }

    enum Phase: UInt8, CaseIterable, AtomicRepresentable {
        /// Nothing has begun.
        case made
        /// Waiting for the next start of the body.
        case waiting
        case running
        /// Cancelled; the body restarts as soon as it has returned.
        case restarting
        /// Cancelled; the body does not restart.
        case stopping
        case ended
    }

    enum Timer: CaseIterable {
        /// The deadline for a cancelled body to return.
        case restart, stop
        /// The deadline for the rest of the program to end.
        case rest
    }

    enum Event: Equatable {
        /// The loop is ready; `left` is the remaining delay of an earlier process.
        case began(left: Duration, failures: RestartPolicy.Record?)
        case waited
        /// The body has returned or thrown; the embedder's code is asked next what that means, and may take its time.
        case bodyLeft
        case bodyEnded(RestartPolicy.Outcome, reason: String, ran: Duration, isHealthy: Bool)
        /// How long the body has run healthy.
        case ranWell(Duration)
        case restart
        case stop(by: String)
        case signal(Int32, name: String)
        case condemned(WatchdogCondemnation)
        /// The gateway is ready for the first time in this run.
        case connected
        case due(Timer)
    }

    enum Action: Equatable {
        case arm(Timer, at: MonotonicTime)
        case disarm(Timer)
        case publish(Phase)
        case show(BodyState)
        /// The bot is given up, or no longer given up.
        case condemn(Bool)
        case notify(ServiceNotice)
        /// The service asked for silence, or an earlier process left such a wait: this is no loss of the connection.
        case expectSilence(Duration)
        /// The wait for which silence was expected was cut: from now on silence counts again.
        case endSilence
        case countRestart
        case order(Order)
        /// Ends the wait, or cancels the body.
        case cancel
        case emit(KeepAliveEvent)
        /// From now on a signal ends the process with the run's code, until `run` has returned and signals do what they did before.
        case letSignalsGo(Int32)
        /// Passes on a signal that came between the end of the run and that release.
        case passOn(Int32)
        case exit(Int32)
        case abort
    }

    /// What the loop that runs the body must do, in sequence.
    enum Order: Equatable {
        case wait(Duration)
        case run(attempt: Int)
        /// Writes the ledger, and only then emits the decision.
        case save(RestartPolicy.Record, delay: Duration, then: KeepAliveEvent?)
        case forget
        case finish(KeepAliveError?)
    }

    /// How long the rest of the program may take once a signal has stopped the bot, or the program has ended.
    static let rest = Duration.milliseconds(1500)

    private let rules: Rules
    private var policy: RestartPolicy
    private(set) var phase = Phase.made
    private var attempt = 0
    private var isCondemned = false
    private var deadline: MonotonicTime?
    private var exitCode: Int32 = 0
    /// Why a body that is being stopped was given up.
    private var failure: KeepAliveError?

    init(_ rules: Rules) {
        self.rules = rules
        policy = rules.policy
    }

    /// Handles one event; returns the actions in their order.
    mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch (event, phase) {
        case (.began(let left, let record), .made): return begin(left, record)
        case (.waited, .waiting): return start()
        case (.bodyLeft, .running): return [.show(.backingOff(reason: "it has just ended"))]
        case (.bodyEnded(let outcome, let reason, let ran, let isHealthy), .running):
            return bodyEnded(outcome, reason, ran: ran, isHealthy: isHealthy, at: now)
        case (.bodyEnded, .restarting): return [.disarm(.restart)] + start(after: .bodyEnded)
        case (.bodyEnded, .stopping): return finish(failure, at: now, .bodyEnded)
        case (.began, .stopping), (.waited, .stopping): return finish(failure, at: now)
        case (.ranWell(let duration), .running), (.ranWell(let duration), .restarting): return forget(after: duration)
        case (.signal(let number, _), .ended): return [rules.endsProcess ? .exit(exitCode) : .passOn(number)]
        case (.due(.restart), .restarting): return end(75, at: now)
        case (.due(.stop), .stopping): return end(0, at: now)
        case (.due(.rest), .ended):
            let words = "the program did not end in time after its bot; exiting with \(exitCode)"
            return [.emit(.trouble(words)), .exit(exitCode)]
        case (.signal(_, let reason), _):
            deadline = rules.timeout.map { now.advanced(by: $0) }
            return phase == .stopping ? [] : stop(by: reason, at: now)
        case (_, .stopping), (_, .ended): return []
        case (.restart, _): return restart(at: now)
        case (.stop(let reason), _): return stop(by: reason, at: now)
        case (.condemned(let condemnation), _): return condemn(condemnation, at: now)
        case (.connected, _): return [.notify(.ready("connected"))]
        case (.began, _), (.waited, _), (.bodyLeft, _), (.bodyEnded, _), (.ranWell, _), (.due, _): return []
        }
    }

    // MARK: The body

    private mutating func begin(_ left: Duration, _ record: RestartPolicy.Record?) -> [Action] {
        guard let record else { return start() }
        policy.resume(record)
        let event = KeepAliveEvent.ledgerResumed(failures: record.failures, remaining: left)
        let known: [Action] = [.expectSilence(left), .notify(.status("\(event)", startTakes: left))]
        guard left > .zero else { return known + start() }
        phase = .waiting
        return [.publish(phase), .show(.backingOff(reason: "it waits for the rest of the backoff delay"))] + known
            + [.order(.wait(left))]
    }

    private mutating func start(after event: KeepAliveEvent? = nil) -> [Action] {
        phase = .running
        attempt += 1
        var actions: [Action] = [.publish(phase), .show(.running)]
        if attempt > 1 { actions.append(.countRestart) }
        if isCondemned { actions.append(.condemn(false)) }
        isCondemned = false
        actions.append(.notify(rules.isReadyWithBody ? .ready("running") : .status("running")))
        // Emit the start before it happens: the body may end, and report that, at once.
        actions += [event, .bodyStarted(attempt: attempt)].compactMap { $0.map(Action.emit) }
        return actions + [.order(.run(attempt: attempt))]
    }

    private mutating func bodyEnded(
        _ outcome: RestartPolicy.Outcome, _ reason: String, ran: Duration, isHealthy: Bool, at now: MonotonicTime
    ) -> [Action] {
        let forgotten = isHealthy ? forget(after: ran) : []
        var random = SystemRandomNumberGenerator()
        switch policy.ended(outcome, using: &random) {
        case .restart(let delay):
            phase = .waiting
            let event = KeepAliveEvent.restartScheduled(
                after: delay, outcome: outcome, failures: policy.record.failures, limit: policy.maxRestarts,
                reason: reason)
            var actions: [Action] = [
                .publish(phase), .show(.backingOff(reason: "\(reason); restart after a delay of \(delay.inWords)")),
            ]
            if case .threw(.network(let asked?)) = outcome { actions.append(.expectSilence(asked)) }
            return actions
                + [.notify(.status("\(event)", startTakes: delay)), .emit(.bodyEnded)] + forgotten
                + [.order(.save(policy.record, delay: delay, then: event)), .order(.wait(delay))]
        case .giveUp(let failures):
            // The next process continues here: it waits first, and one more failure ends it.
            return [.emit(.bodyEnded)] + forgotten
                + [.order(.save(policy.record, delay: policy.latestDelay, then: nil))]
                + finish(.gaveUp(failures: failures, reason: reason), at: now)
        case .stop:
            let error: KeepAliveError = outcome == .threw(.system) ? .system(reason) : .critical(reason: reason)
            return [.emit(.bodyEnded)] + forgotten + finish(error, at: now)
        }
    }

    private mutating func forget(after duration: Duration) -> [Action] {
        guard policy.wasHealthy(for: duration) else { return [] }
        return [.order(.forget), .emit(.failuresForgotten(healthyFor: duration))]
    }

    // MARK: Requests

    private mutating func restart(at now: MonotonicTime, isAsked: Bool = true) -> [Action] {
        guard phase != .made else { return [] }
        let isWork = phase != .restarting
        var actions: [Action] = []
        // A body that waits for its restart has nothing to end; a second request does not extend a deadline.
        if phase == .running {
            phase = .restarting
            if let timeout = rules.timeout { actions.append(.arm(.restart, at: now.advanced(by: timeout))) }
            actions.append(.publish(phase))
        }
        let isTold = isAsked && rules.timeout != nil
        if isTold { actions.append(.notify(.status("\(KeepAliveEvent.restartRequested)"))) }
        if isWork { actions.append(.cancel) }
        if isTold { actions.append(.emit(.restartRequested)) }
        // Otherwise the launcher would wait out the cut delay after the bot's next end.
        if phase == .waiting { actions += [.endSilence, .order(.save(policy.record, delay: .zero, then: nil))] }
        return actions
    }

    private mutating func stop(by reason: String, at now: MonotonicTime) -> [Action] {
        let hasWork = phase != .made
        phase = .stopping
        var actions: [Action] = [.disarm(.restart)]
        let event = rules.timeout.map { KeepAliveEvent.stopRequested(by: reason, timeout: $0) }
        if let timeout = rules.timeout { actions.append(.arm(.stop, at: now.advanced(by: timeout))) }
        actions += [.publish(phase), .show(.stopping)]
        if let event, let timeout = rules.timeout { actions.append(.notify(.stopping("\(event)", within: timeout))) }
        if hasWork { actions.append(.cancel) }
        if let event { actions.append(.emit(event)) }
        return actions
    }

    private mutating func condemn(_ condemnation: WatchdogCondemnation, at now: MonotonicTime) -> [Action] {
        guard !isCondemned else { return [] }
        isCondemned = true
        let isGateway = condemnation.kind == .gateway
        var end = "the bot ends so that its supervisor restarts it"
        // The abort makes Swift's backtracer show where every thread hangs.
        var actions: [Action] = [isGateway ? .exit(75) : .abort]
        if isGateway, rules.restartsCondemned {
            (end, actions) = ("restarting the bot body", restart(at: now, isAsked: false))
        } else if isGateway, !rules.ownsProcess {
            failure = .condemned(condemnation)
            (end, actions) = ("stopping the body, then run throws", stop(by: "the watchdog gave up the bot", at: now))
        }
        let event = KeepAliveEvent.condemned(condemnation, then: end)
        return [.condemn(true), .notify(.status("\(event)")), .emit(event)] + actions
    }

    // MARK: Ends

    private mutating func end(_ code: Int32, at now: MonotonicTime) -> [Action] {
        let timeout = rules.timeout ?? .zero
        let event = KeepAliveEvent.stopTimedOut(timeout: timeout, exitCode: code, exits: rules.ownsProcess)
        guard !rules.ownsProcess else { return [.emit(event), .exit(code)] }
        return finish(failure ?? .stopTimedOut(timeout: timeout, exitCode: code), at: now, event)
    }

    private mutating func finish(
        _ error: KeepAliveError?, at now: MonotonicTime, _ event: KeepAliveEvent? = nil
    ) -> [Action] {
        phase = .ended
        exitCode = error?.exitCode ?? 0
        var actions: [Action] = [.disarm(.restart), .disarm(.stop)]
        // A signal's, with the time that the body did not need. Without one the program may pause, and run its bot again.
        if rules.endsProcess, error == nil, let deadline {
            actions.append(.arm(.rest, at: max(deadline, now.advanced(by: Self.rest))))
        }
        actions += [.publish(phase), .show(error.map { .failed(reason: $0.description) } ?? .stopped)]
        return actions + [.letSignalsGo(exitCode)] + (event.map { [.emit($0)] } ?? []) + [.order(.finish(error))]
    }
}
