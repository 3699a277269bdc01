import Testing

@testable import KeepAliveKit

struct ErrorClassTests {
    struct Plain: Error {}

    struct Classified: ClassifiedError {
        let errorClass: ErrorClass
    }

    @Test func theRuleComesFirstThenTheErrorThenFailure() {
        let limited = ErrorClass.network(retryAfter: .seconds(7))
        #expect(ErrorClass.of(Plain(), rule: nil) == .failure)
        #expect(ErrorClass.of(Plain(), rule: { _ in nil }) == .failure)
        #expect(ErrorClass.of(Plain(), rule: { _ in .critical }) == .critical)
        #expect(ErrorClass.of(Classified(errorClass: limited), rule: nil) == limited)
        #expect(ErrorClass.of(Classified(errorClass: limited), rule: { _ in nil }) == limited)
        #expect(ErrorClass.of(Classified(errorClass: limited), rule: { _ in .failure }) == .failure)
    }

    @Test func anErrorOfTheKitHasItsExitCodeAndItsClass() {
        let condemnation = WatchdogCondemnation.executor(stoppedFor: .seconds(9), limit: .seconds(8))
        let all: [(KeepAliveError, Int32, ErrorClass)] = [
            (.configuration(["x"]), 78, .critical), (.critical(reason: "x"), 78, .critical),
            (.noFreePort(tried: []), 78, .critical), (.cannotListen(host: "h", port: 1, reason: "x"), 78, .critical),
            (.system("x"), 71, .system), (.gaveUp(failures: 1, reason: "x"), 70, .failure),
            (.condemned(condemnation), 75, .failure), (.stopTimedOut(timeout: .seconds(1), exitCode: 0), 0, .failure),
        ]
        for (error, code, errorClass) in all {
            #expect(error.exitCode == code, "\(error)")
            #expect(ErrorClass.of(error, rule: nil) == errorClass, "\(error)")
        }
        #expect(KeepAliveError.gaveUp(failures: 1, reason: "x").description.contains("after 1 failure (MAX_RESTARTS)"))
        #expect(KeepAliveError.gaveUp(failures: 2, reason: "x").description.contains("after 2 failures in a row ("))
    }

    /// A body may throw them, and its error is the reason of the run's.
    @Test(arguments: [KeepAliveError.critical(reason: "x"), .system("x")])
    func anErrorOfTheKitIsIntroducedOnce(error: KeepAliveError) {
        let run: KeepAliveError = error.kind == .system ? .system("\(error)") : .critical(reason: "\(error)")
        #expect(run == error)
        #expect(error.description.hasSuffix(": x"))
    }

    @Test func theRuleSeesTheError() {
        let rule: @Sendable (any Error) -> ErrorClass? = { $0 is Plain ? .critical : nil }
        #expect(ErrorClass.of(Plain(), rule: rule) == .critical)
        #expect(ErrorClass.of(CancellationError(), rule: rule) == .failure)
    }
}
