import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

@Suite(.timeLimit(.minutes(1)))
struct DeadlinesTests {
    /// The thread waits for the first deadline; an earlier one wakes it.
    @Test func anEarlierDeadlineDoesNotWaitForALaterOne() async throws {
        let deadlines = Deadlines()
        let ended = EventLog<Int>()
        let later = deadlines.schedule(after: .seconds(3600)) { ended.append(0) }
        for number in 1...3 {
            _ = deadlines.schedule(after: .milliseconds(1)) { ended.append(number) }
            #expect(try await ended.element(at: number - 1) == number)
        }
        deadlines.cancel(later)
        // With nothing left the thread ends.
        _ = deadlines.schedule(after: .milliseconds(1)) { ended.append(4) }
        #expect(try await ended.element(at: 3) == 4)
    }
}
