import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// What one caller's look is for another.
extension CheckRunnerTests {
    private static func found(_ status: ProbeStatus) -> Looks.Found {
        Looks.Found(result: ProbeResult(status: status, message: ""), began: .now())
    }

    /// Whoever asks after a reload has nothing to do with the look that it has ended.
    @Test(.timeLimit(.minutes(1))) func whatIsCancelledIsLookedAtAnew() async throws {
        let looks = Looks()
        let (began, gate) = (EventLog<Void>(), EventLog<Void>())
        let first = Task {
            await looks.found(at: "web", since: .now()) {
                began.append(())
                // It ignores its cancellation.
                await Task { _ = try? await gate.element(at: 0) }.value
                return Self.found(.unhealthy)
            }
        }
        _ = try await began.element(at: 0)
        looks.cancel(allBut: [])
        let second = await looks.found(at: "web", since: .now()) { Self.found(.healthy) }
        #expect(second.result.status == .healthy)
        gate.append(())
        #expect(await first.value.result.status == .unhealthy)
    }
}
