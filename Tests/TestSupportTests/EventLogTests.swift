import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EventLogTests {
    @Test func awaitsWhatIsYetToCome() async throws {
        let log = EventLog<Int>()
        log.append(1)
        async let even = log.first { $0.isMultiple(of: 2) }
        async let third = log.element(at: 2)
        log.append(3)
        log.append(4)
        #expect(try await even == 4)
        #expect(try await third == 4)
        #expect(log.elements == [1, 3, 4])
    }

    @Test func cancellationEndsTheWait() async throws {
        let log = EventLog<Int>()
        let waiting = Task { try await log.element(at: 0) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        log.append(1)
        #expect(log.count == 1)
    }
}
