import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// The effects of a failed update.
struct AttemptTests {
    struct Poison: Error, CustomStringConvertible {
        var description: String { "Bad Request: message is too long" }
    }

    struct Classified: ClassifiedError, Equatable {
        let errorClass: ErrorClass
    }

    @Test func anUpdateThatCannotBeHandledIsCountedAndLeft() async throws {
        let events = EventLog<KeepAliveEvent>()
        let health = HealthMonitor(onEvent: { events.append($0) })
        #expect(try await health.attempt { 42 } == 42)
        #expect(try await health.attempt { () async throws -> Int in throw Poison() } == nil)
        let report = health.report()
        #expect(report.totalUpdates == 2)
        #expect(report.totalErrors == 1)
        #expect(report.responseTimes != nil)
        let event = try await events.element(at: 0)
        #expect(event.kind == .updateFailed)
        #expect(event.metadata == ["reason": "Bad Request: message is too long", "omitted": "0"])
        #expect(event.level == .warning)
    }

    @Test(arguments: [
        (ErrorClass.failure, false), (.network(), true), (.network(retryAfter: .seconds(3)), true), (.critical, true),
        (.system, true),
    ])
    func whatTheBodyMustEndForIsThrown(errorClass: ErrorClass, isThrown: Bool) async {
        let error = Classified(errorClass: errorClass)
        await #expect(thrown(by: HealthMonitor(), error) as? Classified == (isThrown ? error : nil))
        // The embedder's rule has precedence.
        let ruled = HealthMonitor(classify: { $0 is Poison ? errorClass : nil })
        await #expect((thrown(by: ruled, Poison()) != nil) == isThrown)
        #expect(ruled.report().totalErrors == 1)
    }

    @Test(arguments: [
        (KeepAliveError.critical(reason: "x"), true), (.configuration(["x"]), true), (.system("x"), true),
        (.gaveUp(failures: 1, reason: "x"), false),
    ])
    func theKitsOwnErrorsKnowTheirClass(error: KeepAliveError, isThrown: Bool) async {
        await #expect((thrown(by: HealthMonitor(), error) != nil) == isThrown)
    }

    @Test func cancellationIsThrownAndNoError() async {
        let health = HealthMonitor()
        await #expect(thrown(by: health, CancellationError()) is CancellationError)
        #expect(health.report().totalErrors == 0)
        // A client's own error type for it.
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return await thrown(by: health, Poison())
        }
        await #expect(task.value is Poison)
    }

    private func thrown(by health: HealthMonitor, _ error: any Error) async -> (any Error)? {
        do {
            try await health.attempt { throw error }
            return nil
        } catch {
            return error
        }
    }

    /// Counted from a minute's first line, so that the first failures show at once.
    @Test func aFloodFillsNoLog() {
        var budget = LineBudget()
        let start = MonotonicTime.now()
        func admit(_ second: Int) -> Int? { budget.admit(at: start.advanced(by: .seconds(second))) }
        #expect((0..<LineBudget.lines).map(admit).allSatisfy { $0 == 0 })
        #expect((10..<60).map(admit).allSatisfy { $0 == nil })
        #expect(admit(60) == 50)
        #expect(admit(61) == 0)
    }

    /// From an actor's own code, with values that are not Sendable.
    @Test @MainActor func itStaysOnTheCallersActor() async throws {
        final class Box { var count = 0 }
        let box = Box()
        let health = HealthMonitor()
        for _ in 0..<3 { try await health.attempt { box.count += 1 } }
        #expect(box.count == 3)
    }
}
