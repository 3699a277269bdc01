import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

/// The complete table: every event in every phase, on a clock that the test moves.
struct LifecycleTests {
    typealias Phase = Lifecycle.Phase
    typealias Event = Lifecycle.Event

    private static let start = MonotonicTime(nanoseconds: 1_000_000_000)
    private static let timeout = Duration.seconds(10)
    private static let zombie = WatchdogCondemnation.gateway(
        reason: "zombie", GatewaySnapshot(connected: true, lastEventAge: .seconds(900)))
    private static let stalled = WatchdogCondemnation.executor(stoppedFor: .seconds(40), limit: .seconds(30))

    private static func at(_ seconds: Double) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    private static func lifecycle(
        _ phase: Phase = .running, timeout: Duration? = timeout, _ change: (inout Lifecycle.Rules) -> Void = { _ in }
    ) -> Lifecycle {
        var rules = Lifecycle.Rules(policy: RestartPolicy(maxRestarts: 3), timeout: timeout)
        change(&rules)
        var lifecycle = Lifecycle(rules)
        let way: [Event] =
            switch phase {
            case .made: []
            case .waiting: [.began(left: .seconds(7), failures: .init(consecutive: 1, failures: 1))]
            case .running: [began]
            case .restarting: [began, .restart]
            case .stopping: [began, .stop(by: "x")]
            case .ended: [began, .stop(by: "x"), ended()]
            }
        for event in way { _ = lifecycle.handle(event, at: start) }
        return lifecycle
    }

    private static let began = Event.began(left: .zero, failures: nil)

    private static func ended(_ outcome: RestartPolicy.Outcome = .threw(.failure), isHealthy: Bool = false) -> Event {
        .bodyEnded(outcome, reason: "why", ran: .seconds(400), isHealthy: isHealthy)
    }

    /// An action without the details of other tests.
    private static func words(_ action: Lifecycle.Action) -> String {
        func first(_ value: Any) -> String { String("\(value)".prefix { $0 != "(" && $0 != "\n" }) }
        return switch action {
        case .arm(let timer, _): "arm \(timer)"
        case .disarm(let timer): "disarm \(timer)"
        case .publish(let phase): "publish \(phase)"
        case .show(let body): "show \(first(body))"
        case .condemn(let isCondemned): "condemn \(isCondemned)"
        case .notify(let notice): first(notice)
        case .expectSilence: "silence"
        case .endSilence: "no silence"
        case .countRestart: "count"
        case .order(let order): "order \(first(order))"
        case .cancel: "cancel"
        case .emit(.bodyEnded): "bodyEnded"
        case .emit(.restartRequested): "restartRequested"
        case .emit(let event): event.kind.rawValue
        case .letSignalsGo(let code): "let go \(code)"
        case .passOn(let signal): "pass on \(signal)"
        case .exit(let code): "exit \(code)"
        case .abort: "abort"
        }
    }

    private static let events: [String: Event] = [
        "began": began, "began late": .began(left: .seconds(7), failures: .init(consecutive: 1, failures: 1)),
        "waited": .waited, "left": .bodyLeft, "failed": ended(),
        "network": ended(.threw(.network(retryAfter: .seconds(9)))),
        "critical": ended(.threw(.critical)), "ran well": .ranWell(.seconds(300)), "restart": .restart,
        "stop": .stop(by: "y"), "signal": .signal(15, name: "SIGTERM"), "zombie": .condemned(zombie),
        "stalled": .condemned(stalled), "connected": .connected,
        "due restart": .due(.restart), "due stop": .due(.stop), "due rest": .due(.rest),
    ]

    private static let started = "publish running, show running, ready, bodyStarted, order run"
    private static let again = "publish running, show running, count, ready, bodyEnded, bodyStarted, order run"
    private static let finished = "disarm restart, disarm stop, publish ended, show stopped, let go 0, order finish"
    private static let stopped =
        "disarm restart, arm stop, publish stopping, show stopping, stopping, cancel, stopRequested"
    private static let given = "condemn true, status, condemned"

    /// The entries with an effect; everywhere else nothing happens, and the phase stays.
    private static let table: [String: [Phase: (String, Phase)]] = [
        "began": [.made: (started, .running), .stopping: (finished, .ended)],
        "began late": [
            .made: ("publish waiting, show backingOff, silence, status, order wait", .waiting),
            .stopping: (finished, .ended),
        ],
        "waited": [.waiting: (started, .running), .stopping: (finished, .ended)],
        "left": [.running: ("show backingOff", .running)],
        "failed": [
            .running: ("publish waiting, show backingOff, status, bodyEnded, order save, order wait", .waiting),
            .restarting: ("disarm restart, " + again, .running),
            .stopping: (finished.replacing("order", with: "bodyEnded, order"), .ended),
        ],
        "network": [
            .running: (
                "publish waiting, show backingOff, silence, status, bodyEnded, order save, order wait", .waiting
            ),
            .restarting: ("disarm restart, " + again, .running),
            .stopping: (finished.replacing("order", with: "bodyEnded, order"), .ended),
        ],
        "critical": [
            .running: (
                "bodyEnded, disarm restart, disarm stop, publish ended, show failed, let go 78, order finish", .ended
            ),
            .restarting: ("disarm restart, " + again, .running),
            .stopping: (finished.replacing("order", with: "bodyEnded, order"), .ended),
        ],
        "restart": [
            .waiting: ("status, cancel, restartRequested, no silence, order save", .waiting),
            .running: ("arm restart, publish restarting, status, cancel, restartRequested", .restarting),
            .restarting: ("status, restartRequested", .restarting),
        ],
        "stop": [
            .made: (stopped.replacing("cancel, ", with: ""), .stopping), .waiting: (stopped, .stopping),
            .running: (stopped, .stopping), .restarting: (stopped, .stopping),
        ],
        "signal": [
            .made: (stopped.replacing("cancel, ", with: ""), .stopping), .waiting: (stopped, .stopping),
            .running: (stopped, .stopping), .restarting: (stopped, .stopping), .ended: ("pass on 15", .ended),
        ],
        "zombie": Dictionary(
            uniqueKeysWithValues: [Phase.made, .waiting, .running, .restarting].map { ($0, (given + ", exit 75", $0)) }),
        "stalled": Dictionary(
            uniqueKeysWithValues: [Phase.made, .waiting, .running, .restarting].map { ($0, (given + ", abort", $0)) }),
        "connected": Dictionary(
            uniqueKeysWithValues: [Phase.made, .waiting, .running, .restarting].map { ($0, ("ready", $0)) }),
        "due restart": [.restarting: ("stopTimedOut, exit 75", .restarting)],
        "due stop": [.stopping: ("stopTimedOut, exit 0", .stopping)],
        "due rest": [.ended: ("trouble, exit 0", .ended)],
    ]

    @Test(arguments: events.keys.sorted(), Phase.allCases)
    func theTable(name: String, phase: Phase) throws {
        var lifecycle = Self.lifecycle(phase)
        #expect(lifecycle.phase == phase)
        let actions = lifecycle.handle(try #require(Self.events[name]), at: Self.at(1)).map(Self.words)
        let expected = Self.table[name]?[phase] ?? ("", phase)
        #expect(actions.joined(separator: ", ") == expected.0)
        #expect(lifecycle.phase == expected.1)
    }

    /// If the program owns the process: the differences from the table above.
    private static let left: [String: [Phase: (String, Phase)]] = {
        let over = finished.replacing("stopped, let go 0", with: "failed, let go 75").replacing(
            "order", with: "stopTimedOut, order")
        let condemned = ([Phase.made, .waiting, .running, .restarting]).map {
            ($0, ("\(given), \($0 == .made ? stopped.replacing("cancel, ", with: "") : stopped)", Phase.stopping))
        }
        return [
            "zombie": Dictionary(uniqueKeysWithValues: condemned), "due restart": [.restarting: (over, .ended)],
            "due stop": [.stopping: (over.replacing("75", with: "0"), .ended)],
        ]
    }()

    @Test(arguments: events.keys.sorted(), Phase.allCases)
    func theTableOfAProcessThatIsTheProgramsOwn(name: String, phase: Phase) throws {
        var lifecycle = Self.lifecycle(phase) { $0.ownsProcess = false }
        let actions = lifecycle.handle(try #require(Self.events[name]), at: Self.at(1)).map(Self.words)
        let expected = (Self.left[name] ?? Self.table[name])?[phase] ?? ("", phase)
        #expect(actions.joined(separator: ", ") == expected.0)
        #expect(lifecycle.phase == expected.1)
        // This timer is not armed here: the program may take any time.
        #expect(name == "due rest" || !actions.contains { $0.hasPrefix("exit") || $0 == "arm rest" })
    }

    /// The body of a bot that the watchdog gave up has its time to end, and the run throws the reason either way.
    @Test(arguments: [ended(), .due(.stop)])
    func aCondemnedRunOfAProgramEndsWithItsReason(last: Event) {
        var lifecycle = Self.lifecycle(.running) { $0.ownsProcess = false }
        #expect(lifecycle.handle(.condemned(Self.zombie), at: Self.at(1)).contains(.cancel))
        #expect(lifecycle.handle(last, at: Self.at(2)).last == .order(.finish(.condemned(Self.zombie))))
    }

    @Test func askingAgainPutsNoDeadlineOff() {
        var lifecycle = Self.lifecycle(.running)
        let first = lifecycle.handle(.restart, at: Self.at(1))
        #expect(first.first == .arm(.restart, at: Self.at(11)))
        let again = lifecycle.handle(.restart, at: Self.at(5))
        let stop = lifecycle.handle(.stop(by: "SIGTERM"), at: Self.at(6))
        #expect(!again.contains { if case .arm = $0 { true } else { false } })
        #expect(stop.contains(.disarm(.restart)) && stop.contains(.arm(.stop, at: Self.at(16))))
        #expect(lifecycle.handle(.stop(by: "shutdown requested"), at: Self.at(7)) == [])
    }

    /// The time between the bot's end and the process's end is limited too; it does not shorten the body's time.
    @Test(arguments: [(2.0, 10.0), (9.5, 11)])
    func whatIsLeftOfTheProgramIsBoundedToo(ends: Double, rest: Double) {
        var lifecycle = Self.lifecycle(.running) { $0.endsProcess = true }
        _ = lifecycle.handle(.signal(15, name: "SIGTERM"), at: Self.at(0))
        let end = lifecycle.handle(Self.ended(), at: Self.at(ends))
        #expect(end.contains(.arm(.rest, at: Self.at(rest))))
        #expect(lifecycle.handle(.signal(15, name: "SIGTERM"), at: Self.at(ends)) == [.exit(0)])
    }

    /// Without one the program may pause, and run its bot again.
    @Test(arguments: [false, true]) func onlyASignalBoundsWhatIsLeftOfTheProgram(comes: Bool) {
        var lifecycle = Self.lifecycle(.stopping) { $0.endsProcess = true }
        if comes { #expect(lifecycle.handle(.signal(15, name: "SIGTERM"), at: Self.at(1)) == []) }
        let end = lifecycle.handle(Self.ended(), at: Self.at(2))
        #expect(end.map(Self.words).contains("arm rest") == comes)
        #expect(!comes || end.contains(.arm(.rest, at: Self.at(11))), "its time counts from the signal on")
    }

    /// Nobody asked it to stop: the program may take its time, and run the bot again.
    @Test func aBotThatGaveUpKeepsItsCode() {
        var lifecycle = Self.lifecycle(.running) { $0.endsProcess = true }
        let end = lifecycle.handle(Self.ended(.threw(.system)), at: Self.at(1))
        #expect(!end.contains { if case .arm = $0 { true } else { false } })
        #expect(lifecycle.handle(.signal(15, name: "SIGTERM"), at: Self.at(2)) == [.exit(71)])
    }

    /// The process knows that the bot is given up until its body has been restarted.
    @Test func aCondemnedBodyIsRestartedInTheProcess() {
        var lifecycle = Self.lifecycle(.running) { $0.restartsCondemned = true }
        let given = lifecycle.handle(.condemned(Self.zombie), at: Self.at(1)).map(Self.words)
        #expect(
            given == [
                "condemn true", "status", "condemned", "arm restart", "publish restarting", "cancel",
            ])
        #expect(lifecycle.handle(.condemned(Self.zombie), at: Self.at(2)) == [])
        let started = lifecycle.handle(Self.ended(), at: Self.at(3))
        #expect(started.contains(.condemn(false)) && started.contains(.order(.run(attempt: 2))))
        #expect(lifecycle.handle(.condemned(Self.zombie), at: Self.at(4)).first == .condemn(true))
    }

    /// What the line of a condemnation announces is what happens.
    @Test(arguments: [
        (true, true, zombie, "restarting the bot body"),
        (false, true, zombie, "the bot ends so that its supervisor restarts it"),
        (false, false, zombie, "stopping the body, then run throws"),
        (true, false, stalled, "the bot ends so that its supervisor restarts it"),
    ])
    func aCondemnationNamesWhatFollows(
        restarts: Bool, owns: Bool, condemnation: WatchdogCondemnation, consequence: String
    ) {
        var lifecycle = Self.lifecycle(.running) { ($0.restartsCondemned, $0.ownsProcess) = (restarts, owns) }
        let event = KeepAliveEvent.condemned(condemnation, then: consequence)
        #expect(event.message == "watchdog: \(condemnation); \(consequence)")
        #expect(lifecycle.handle(.condemned(condemnation), at: Self.at(1)).contains(.emit(event)))
    }

    @Test(arguments: [
        (
            0, Duration.seconds(4),
            "a restart that does not count toward MAX_RESTARTS, 4 s of the restart delay are left"
        ),
        (1, .zero, "1 earlier failure"), (2, .seconds(4), "2 earlier failures, 4 s of the restart delay are left"),
    ])
    func anEarlierProcessIsNamed(failures: Int, left: Duration, words: String) {
        #expect(
            KeepAliveEvent.ledgerResumed(failures: failures, remaining: left).message == "continuing after \(words)")
    }

    @Test func theLimitEndsTheRunAndIsWrittenDown() {
        var lifecycle = Self.lifecycle(.waiting)
        _ = lifecycle.handle(.waited, at: Self.at(7))
        let second = lifecycle.handle(Self.ended(.returned), at: Self.at(8))
        #expect(second.contains(.order(.wait(.seconds(10)))))
        _ = lifecycle.handle(.waited, at: Self.at(18))
        let third = lifecycle.handle(Self.ended(), at: Self.at(19))
        #expect(
            third.suffix(1) == [.order(.finish(.gaveUp(failures: 3, reason: "why")))]
                && third.contains(
                    .order(.save(.init(consecutive: 3, failures: 3), delay: .seconds(20), then: nil)))
        )
    }

    @Test func theSilenceThatAServiceAsksForIsExpected() {
        var lifecycle = Self.lifecycle(.running)
        let actions = lifecycle.handle(Self.ended(.threw(.network(retryAfter: .seconds(9)))), at: Self.at(1))
        #expect(actions.contains(.expectSilence(.seconds(9))))
    }

    @Test func healthForgetsFailures() {
        var lifecycle = Self.lifecycle(.waiting)
        _ = lifecycle.handle(.waited, at: Self.at(7))
        #expect(lifecycle.handle(.ranWell(.seconds(299)), at: Self.at(8)) == [])
        let forgotten: [Lifecycle.Action] = [.order(.forget), .emit(.failuresForgotten(healthyFor: .seconds(300)))]
        #expect(lifecycle.handle(.ranWell(.seconds(300)), at: Self.at(9)) == forgotten)
        var other = Self.lifecycle(.waiting)
        _ = other.handle(.waited, at: Self.at(7))
        let end = other.handle(Self.ended(isHealthy: true), at: Self.at(8))
        #expect(end.contains(.order(.forget)) && end.contains(.order(.wait(.seconds(5)))))
    }

    /// ``AutoRestart`` alone ends no process, and reports no requests.
    @Test func aloneItOnlyCancels() {
        var lifecycle = Self.lifecycle(.running, timeout: nil)
        #expect(lifecycle.handle(.restart, at: Self.at(1)).map(Self.words) == ["publish restarting", "cancel"])
        #expect(
            lifecycle.handle(.stop(by: "stop"), at: Self.at(2)).map(Self.words)
                == ["disarm restart", "publish stopping", "show stopping", "cancel"])
    }
}
