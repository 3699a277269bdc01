import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

@Suite(.timeLimit(.minutes(1)))
struct EventQueueTests {
    /// How long a flush takes that fails.
    private static func flush(_ queue: EventQueue) -> Duration? {
        let start = MonotonicTime.now()
        return queue.flush() ? nil : MonotonicTime.now().since(start)
    }

    @Test func aFullQueueDropsTheNewestAndCountsThem() async throws {
        let (gate, taken) = (DispatchGate(), EventLog<String>())
        let queue = EventQueue(redact: \.self) { item in
            switch item {
            case .event(let event): taken.append("\(event)")
            case .line(_, let text): taken.append(text)
            }
            gate.wait()
        }
        queue.post(.line(.info, "first"))
        _ = try await taken.element(at: 0)
        for number in 0..<1030 { queue.post(.line(.info, "\(number)")) }
        gate.open()
        try await Polling.until({ queue.isEmpty }, isMet: { $0 })
        let lines = taken.elements
        #expect(lines.contains { $0.contains("dropped 6 events") }, "\(lines.count)")
        #expect(lines.contains("1023") && !lines.contains("1024"))
    }

    /// Nobody reads a line twice.
    @Test func whatWentToStandardErrorIsNotDeliveredToo() async throws {
        let (gate, taken) = (DispatchGate(), EventLog<String>())
        let queue = EventQueue(redact: \.self) { item in
            if case .line(_, let text) = item { taken.append(text) }
            gate.wait()
        }
        queue.post(.line(.info, "first"))
        _ = try await taken.element(at: 0)
        queue.post(.line(.info, "second"))
        let isDelivered = try await BlockingWork.run { queue.flush() }
        #expect(!isDelivered)
        gate.open()
        _ = try await Polling.until({ queue.isEmpty }, isMet: { $0 })
        #expect(taken.elements == ["first"])
    }

    /// A wait lasts 250 ms at least; without one, the shortest of many surely takes less, however busy the machine is.
    @Test func aReceiverThatTakesNothingIsWaitedForOnce() async throws {
        let gates = (DispatchGate(), DispatchGate())
        defer { gates.1.open() }
        let queue = EventQueue(redact: \.self) { item in
            if case .line(_, "first") = item { gates.0.wait() } else { gates.1.wait() }
        }
        queue.post(.line(.info, "first"))
        let times = try await BlockingWork.run { (0...20).map { _ in Self.flush(queue) } }
        #expect(try #require(times.first ?? nil) >= .milliseconds(250))
        #expect(try #require(times.dropFirst().compactMap(\.self).min()) < .milliseconds(250))
        // What takes something again is worth a wait.
        gates.0.open()
        _ = try await Polling.until({ queue.isEmpty }, isMet: { $0 })
        queue.post(.line(.info, "second"))
        let again = try await BlockingWork.run { Self.flush(queue) }
        #expect(try #require(again) >= .milliseconds(250))
    }
}
