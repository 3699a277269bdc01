import KeepAliveTestSupport
import Testing

struct BlockingWorkTests {
    /// A failure on the thread counts for this test, not for an unknown one.
    @Test func itStaysTheTest() async throws {
        let own = Test.current?.id
        #expect(try await BlockingWork.run { Test.current?.id } == own)
        try await withKnownIssue {
            try await BlockingWork.run { _ = Issue.record("on the thread") }
        } matching: { issue in
            "\(issue)".contains("on the thread")
        }
    }

    @Test func itGivesWhatTheWorkGivesOrThrows() async throws {
        struct Failure: Error {}
        #expect(try await BlockingWork.run { 7 } == 7)
        await #expect(throws: Failure.self) { try await BlockingWork.run { throw Failure() } }
    }
}
