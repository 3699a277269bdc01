import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// Checks on their own schedules. Each run reports its start; by then the previous result is recorded.
@Suite(.timeLimit(.minutes(1)))
struct RunningCheckTests {
    struct Failure: Error, CustomStringConvertible {
        var description: String { "no route to 123:SECRET" }
    }

    let health = HealthMonitor(body: .running) {
        "\($0)".replacing("123:SECRET", with: "[hidden]")
    }
    let runs = EventLog<Int>()

    /// Registers a check with runs numbered from 1, and starts it.
    private func start(
        critical: Bool = true, timeout: Duration = .seconds(60), _ run: @escaping @Sendable (Int) async throws -> Void
    ) {
        let runs = self.runs
        health.check("db", critical: critical, every: .milliseconds(10), timeout: timeout) {
            let number = runs.count + 1
            runs.append(number)
            try await run(number)
        }
        health.startChecks()
    }

    private func result() throws -> CheckResult {
        try #require(health.report().checks.first)
    }

    @Test func aRegisteredCheckThatDoesNotRunIsUnknown() throws {
        health.check("db", critical: true) {}
        #expect(try result().status == .unknown)
        #expect(health.report().status == .healthy)
    }

    /// Its time passed while the whole process was stopped, so the run is repeated at once.
    @Test func aRunThatFailsForAPauseDoesNotCount() async throws {
        defer { health.stopChecks() }
        let gate = EventLog<Void>()
        start { [health] number in
            if number == 2 { _ = try await gate.element(at: 0) }
            if number > 2 { try await Task.sleep(for: .seconds(600)) }
            if number == 1 { health.pauses.forgive(at: .now()) }
            throw Failure()
        }
        _ = try await runs.element(at: 1)
        #expect(try result().status == .unknown)
        gate.append(())
        _ = try await runs.element(at: 2)
        #expect(try result().status == .unhealthy)
    }

    @Test func failsAndRecovers() async throws {
        defer { health.stopChecks() }
        let gate = EventLog<Void>()
        start { number in
            if number == 2 { _ = try await gate.element(at: 0) }
            if number == 1 { throw Failure() }
            if number == 4 { try await Task.sleep(for: .seconds(600)) }
        }
        _ = try await runs.element(at: 1)
        #expect(try result().status == .unhealthy)
        #expect(try result().error == "no route to [hidden]", "secrets are hidden")
        #expect(health.report().status == .unhealthy)
        gate.append(())
        _ = try await runs.element(at: 3)
        #expect(try result().status == .healthy)
        #expect(try result().error == nil)
        #expect(try result().age != nil)
        #expect(health.report().status == .healthy)
    }

    /// A check that calls the bot's own server begins before the body listens.
    @Test func aCheckThatHasNotPassedYetIsDueAgainSoon() async throws {
        defer { health.stopChecks() }
        let runs = self.runs
        health.check("webhook", critical: true, every: .seconds(3600)) {
            runs.append(runs.count)
            if runs.count < 3 { throw Failure() }
        }
        health.startChecks()
        _ = try await runs.element(at: 2)
    }

    @Test func aRunOverItsTimeIsCancelledAndFailed() async throws {
        defer { health.stopChecks() }
        start(critical: false, timeout: .milliseconds(1)) { _ in try await Task.sleep(for: .seconds(600)) }
        _ = try await runs.element(at: 1)
        #expect(try result().status == .unhealthy)
        #expect(try result().error == "timed out after 0.001 s")
        #expect(health.report().status == .degraded)
    }

    /// Hanging runs that ignore their cancellation do not accumulate; once one returns, the next may begin.
    @Test func aRunThatIgnoresItsCancellation() async throws {
        defer { health.stopChecks() }
        let gate = EventLog<Void>()
        let cancelled = EventLog<Void>()
        start(timeout: .milliseconds(1)) { number in
            guard number == 1 else { return try await Task.sleep(for: .seconds(600)) }
            await withTaskCancellationHandler {
                // A separate task is not cancelled with this one.
                _ = await Task.detached { try? await gate.element(at: 0) }.value
            } onCancel: {
                cancelled.append(())
            }
        }
        _ = try await cancelled.element(at: 0)
        #expect(try result().status == .unhealthy)
        #expect(try result().age == nil, "it has not come back")
        #expect(runs.count == 1)
        gate.append(())
        _ = try await runs.element(at: 1)
        #expect(try result().age != nil)
        #expect(try result().error == "timed out after 0.001 s", "late is failed")
    }

    /// Not even over stops and starts, each of which would otherwise add a run that hangs on a database.
    @Test func aRunThatIgnoresItsCancellationIsAloneOverStopsAndStarts() async throws {
        defer { health.stopChecks() }
        let gate = EventLog<Void>()
        let returned = EventLog<Void>()
        start(timeout: .milliseconds(1)) { number in
            guard number == 1 else { return }
            _ = await Task.detached { try? await gate.element(at: 0) }.value
            returned.append(())
        }
        _ = try await runs.element(at: 0)
        let others = EventLog<Void>()
        health.check("other", every: .milliseconds(10)) { others.append(()) }
        for _ in 0..<3 {
            health.stopChecks()
            health.startChecks()
        }
        // As long as several runs of a check that ends.
        _ = try await others.element(at: 5)
        #expect(runs.count == 1)
        #expect(try result().status == .unhealthy, "it hangs still")
        gate.append(())
        _ = try await returned.element(at: 0)
        _ = try await runs.element(at: 2)
        #expect(try result().age != nil, "the schedule goes on")
    }

    /// However long its own interval is: the check may be the one that a person waits for after a restart.
    @Test func aNewScheduleBeginsSoonAfterTheRunThatItFound() async throws {
        defer { health.stopChecks() }
        let gate = EventLog<Void>()
        let runs = self.runs
        health.check("db", critical: true, every: .seconds(3600), timeout: .seconds(60)) {
            runs.append(runs.count)
            // A separate task is not cancelled with this one.
            if runs.count == 1 { _ = await Task.detached { try? await gate.element(at: 0) }.value }
        }
        health.startChecks()
        _ = try await runs.element(at: 0)
        health.stopChecks()
        health.startChecks()
        // By then the new schedule has found the run.
        let others = EventLog<Void>()
        health.check("other", every: .milliseconds(10)) { others.append(()) }
        _ = try await others.element(at: 5)
        gate.append(())
        _ = try await runs.element(at: 1)
    }

    /// "Never" may be written so; it must not end the process.
    @Test func theLongestIntervalAndTimeoutAreOnlyLong() async {
        await #expect(processExitsWith: .success) {
            let health = HealthMonitor()
            health.check("once", every: .seconds(Int64.max), timeout: .seconds(Int64.max)) {}
            let others = EventLog<Void>()
            health.check("other", every: .milliseconds(10)) { others.append(()) }
            health.startChecks()
            // By then the first has set its timeout, and waits out its interval.
            while health.report().checks.first?.age == nil { await Task.yield() }
            _ = try await others.element(at: others.count + 5)
        }
    }

    @Test func aLongErrorIsCutWithAMark() async throws {
        defer { health.stopChecks() }
        struct Page: Error, CustomStringConvertible {
            var description: String { String(repeating: "ä", count: 100_000) }
        }
        start { _ in throw Page() }
        _ = try await runs.element(at: 1)
        #expect(try result().error == String(repeating: "ä", count: 500) + "… (199000 bytes more)")
        health.note(trouble: "disk", String(repeating: "x", count: 100_000))
        #expect(health.report().reasons.allSatisfy { $0.utf8.count < 1200 })
    }

    @Test(arguments: [
        ("", 4, ""), ("abcd", 4, "abcd"), ("abcde", 4, "abcd… (1 bytes more)"), ("aäö", 4, "aä… (2 bytes more)"),
        ("ääää", 3, "ä… (6 bytes more)"), ("äb", 1, "… (3 bytes more)"),
    ])
    func textsAreCutAtACharacter(text: String, limit: Int, cut: String) {
        #expect(text.cut(toBytes: limit) == cut)
    }

    @Test func checksRegisteredLaterRunToo() async throws {
        defer { health.stopChecks() }
        health.startChecks()
        start { _ in }
        _ = try await runs.element(at: 1)
        #expect(try result().status == .healthy)
    }

    @Test func stoppingCancelsARun() async throws {
        let ends = EventLog<Bool>()
        start { _ in
            try? await Task.sleep(for: .seconds(600))
            ends.append(Task.isCancelled)
        }
        _ = try await runs.element(at: 0)
        health.stopChecks()
        #expect(try await ends.element(at: 0))
        #expect(try result().status == .unknown, "a run that was stopped says nothing")
    }

    @Test func intervalsAndTimeoutsHaveALeast() async throws {
        let runs = self.runs
        health.check("db", every: .seconds(-1), timeout: .seconds(-1)) { runs.append(1) }
        health.startChecks()
        defer { health.stopChecks() }
        _ = try await runs.element(at: 2)
        #expect(try result().age != nil)
    }
}
