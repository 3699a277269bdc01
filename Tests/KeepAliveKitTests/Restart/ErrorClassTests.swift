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

    @Test func theRuleSeesTheError() {
        let rule: @Sendable (any Error) -> ErrorClass? = { $0 is Plain ? .critical : nil }
        #expect(ErrorClass.of(Plain(), rule: rule) == .critical)
        #expect(ErrorClass.of(CancellationError(), rule: rule) == .failure)
    }
}
