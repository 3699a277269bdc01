import Testing

@testable import KeepAliveKit

/// Lines whose words depend on a number or a cause.
struct EventWordsTests {
    @Test(arguments: [(0, ""), (1, " (1 more since the last line)"), (7, " (7 more since the last line)")])
    func droppedFailuresAreCounted(omitted: Int, words: String) {
        let event = KeepAliveEvent.updateFailed(reason: "no", omitted: omitted)
        #expect(event.message == "update failed: no\(words); going on with the next")
    }

    @Test(arguments: [(1, "bot body started"), (2, "bot body restarted (start 2)")])
    func onlyLaterStartsAreRestarts(attempt: Int, message: String) {
        #expect(KeepAliveEvent.bodyStarted(attempt: attempt).message == message)
    }

    /// Nobody needs to fear that a lost network ends the bot.
    @Test(
        arguments: [
            (.threw(.network()), true), (.threw(.network(retryAfter: .seconds(9))), true), (.threw(.failure), false),
            (.returned, false),
        ] as [(RestartPolicy.Outcome, Bool)])
    func onlyANetworkErrorDoesNotCount(outcome: RestartPolicy.Outcome, isNetwork: Bool) {
        let event = KeepAliveEvent.restartScheduled(
            after: .seconds(5), outcome: outcome, failures: 2, limit: 10, reason: "no")
        #expect(event.message.contains("does not count toward MAX_RESTARTS") == isNetwork)
        #expect(event.message.contains("(2 of 10 in a row)") == !isNetwork)
    }

    /// Whose the process is decides what follows.
    @Test(arguments: [
        (true, "exiting with 75 without it"), (false, "run throws, and the program decides what follows"),
    ])
    func aBodyThatDoesNotEndHasAConsequence(exits: Bool, words: String) {
        let event = KeepAliveEvent.stopTimedOut(timeout: .seconds(5), exitCode: 75, exits: exits)
        #expect(event.message == "the bot body did not end within 5 s of being cancelled; \(words)")
    }

    @Test func severalFindingsAreAList() {
        #expect(KeepAliveError.configuration(["a"]).description == "configuration: a")
        #expect(KeepAliveError.configuration(["a", "b"]).description == "configuration, 2 findings:\n  - a\n  - b")
    }

    @Test(
        arguments: [(nil, " is damaged and cannot be moved away"), ("a", " is damaged; moved to a; the ")]
            as [(String?, String)])
    func aDamagedLedgerIsKeptWhereItCanBe(aside: String?, words: String) {
        #expect(
            KeepAliveEvent.ledgerDamaged(path: "l", movedTo: aside).message.hasPrefix("the restart ledger l\(words)"))
    }

    private static let zombie = WatchdogCondemnation.executor(stoppedFor: .seconds(9), limit: .seconds(8))

    /// A person may show warnings alone.
    @Test(
        arguments: [
            (.bodyEnded, .debug), (.listening(port: 1), .info), (.bodyStarted(attempt: 2), .info), (.stopped, .info),
            (.failuresForgotten(healthyFor: .seconds(300)), .info), (.restartRequested, .info),
            (.portTaken(port: 1), .warning), (.gatewayStalled("a", reason: "no"), .warning), (.trouble("no"), .warning),
            (.ledgerUnwritable(path: "l", reason: "no"), .warning), (.condemned(zombie, then: "the bot ends"), .error),
            (.stopTimedOut(timeout: .seconds(5), exitCode: 75), .error),
        ] as [(KeepAliveEvent, Log.Level)])
    func whatNeedsAPersonIsNoInformation(event: KeepAliveEvent, level: Log.Level) {
        #expect(event.level == level)
    }

    /// For programs that log with fields of their own.
    @Test func numbersAreFieldsToo() {
        let scheduled = KeepAliveEvent.restartScheduled(
            after: .milliseconds(2500), outcome: .returned, failures: 2, limit: 10, reason: "no")
        #expect(scheduled.metadata == ["delay": "2.5", "failures": "2", "limit": "10", "reason": "no"])
        let resumed = KeepAliveEvent.ledgerResumed(failures: 3, remaining: .seconds(4))
        #expect(resumed.metadata == ["failures": "3", "remaining": "4.0"])
        let late = KeepAliveEvent.stopTimedOut(timeout: .seconds(5), exitCode: 75)
        #expect(late.metadata == ["timeout": "5.0", "exit_code": "75"])
    }
}
