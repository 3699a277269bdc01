import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

@Suite(.timeLimit(.minutes(1)))
struct WorkQueueTests {
    @Test func workIsDoneInItsOrder() async throws {
        let thread = WorkQueue(name: "test", mostWaiting: 1000)
        let done = EventLog<Int>()
        for number in 0..<10 { #expect(thread.add { done.append(number) }) }
        try thread.start()
        for number in 10..<500 { #expect(thread.add { done.append(number) }) }
        _ = try await done.element(at: 499)
        #expect(done.elements == Array(0..<500))
        thread.stop()
    }

    @Test func whatWaitsIsBounded() throws {
        let thread = WorkQueue(name: "test", mostWaiting: 2)
        #expect(thread.add {})
        #expect(thread.add {})
        #expect(!thread.add {})
    }

    @Test func nothingIsDoneAfterTheStop() async throws {
        let thread = WorkQueue(name: "test", mostWaiting: 10)
        let gate = Gate()
        let done = EventLog<Int>()
        try thread.start()
        #expect(
            thread.add {
                done.append(1)
                gate.wait()
                done.append(2)
            })
        _ = try await done.element(at: 0)
        #expect(thread.add { done.append(3) })
        thread.stop()
        #expect(!thread.add { done.append(4) })
        gate.open()
        _ = try await done.element(at: 1)
        #expect(done.elements == [1, 2])
    }
}
