import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// Orders and cancellations as the guard's thread gives them, with the moments that the test chooses.
@Suite(.timeLimit(.minutes(1)))
struct BodyLoopTests {
    /// The task takes an order some time after it was given; a cancellation may come in between.
    @Test func workThatIsCancelledBeforeItBeginsEndsToo() async throws {
        let run = BotRun(Lifecycle.Rules(), BotRun.Parts(events: EventQueue { _ in }))
        run.loop.give(.run(attempt: 1))
        run.loop.cancel()
        run.loop.give(.finish(nil))
        let ends = EventLog<Bool>()
        let failure = await run.loop.run(run) {
            try? await Task.sleep(for: .seconds(600))
            ends.append(Task.isCancelled)
        }
        #expect(failure == nil)
        #expect(try await ends.element(at: 0))
    }
}
