import KeepAlivePlatform
import KeepAliveTestSupport
import Synchronization

@testable import KeepAliveKit

/// A restart loop on a clock that the test moves, with a body that the test controls.
final class RestartScene: Sendable {
    struct Failure: Error {}

    struct Outage: ClassifiedError {
        var retryAfter: Duration?
        var errorClass: ErrorClass { .network(retryAfter: retryAfter) }
    }

    struct BadToken: ClassifiedError {
        var errorClass: ErrorClass { .critical }
    }

    let clock = ManualClock()
    let events = EventLog<KeepAliveEvent>()
    let health: HealthMonitor
    let loop: AutoRestart
    /// The end of each run of the body, in order; a run without one waits for it or for its cancellation.
    let ends = EventLog<Result<Void, any Error>>()
    /// The started runs and the returned runs.
    let starts = EventLog<Int>()
    let returns = EventLog<Int>()

    init(
        policy: RestartPolicy = RestartPolicy(), stateFile: String? = nil, wallClock: Int64 = 0,
        classify: (@Sendable (any Error) -> ErrorClass?)? = nil
    ) {
        let clock = self.clock
        let events = self.events
        let start = clock.now
        health = HealthMonitor(HealthPolicy(unhealthyAfter: .never), body: .starting) { "\($0)" }
        loop = AutoRestart(
            policy: policy, stateFile: stateFile, health: health, classify: classify, clock: clock,
            wallClock: { wallClock + start.duration(to: clock.now).saturatedNanoseconds / 1000 },
            onEvent: { events.append($0) })
    }

    /// Runs the loop; the task's value is the thrown error.
    func run() -> Task<KeepAliveError?, Never> {
        Task {
            do throws(KeepAliveError) {
                try await loop.run { try await self.body() }
                return nil
            } catch {
                return error
            }
        }
    }

    private func body() async throws {
        let number = starts.count
        starts.append(number + 1)
        defer { returns.append(number + 1) }
        try await ends.element(at: number).get()
    }

    func fail(_ error: any Error = Failure()) {
        ends.append(.failure(error))
    }

    /// Waits for the delay before start number `attempt + 1`; the clock does not move.
    @discardableResult
    func delay(after attempt: Int) async throws -> Duration {
        var found = 0
        for index in 0... {
            let event = try await events.element(at: index)
            guard event.kind == .restartScheduled else { continue }
            found += 1
            if found == attempt { return .seconds(Double(event.metadata["delay"] ?? "") ?? -1) }
        }
        fatalError("the log of events has no end")
    }

    /// Waits until the loop sleeps for a delay, and advances the clock past it.
    func sleepThrough(_ delay: Duration) async {
        if delay > .zero { await clock.waitForSleeper(until: clock.now.advanced(by: delay)) }
        clock.advance(by: delay)
    }

    /// Waits for the start with this number.
    func start(_ attempt: Int) async throws {
        _ = try await events.first { $0 == .bodyStarted(attempt: attempt) }
        _ = try await starts.element(at: attempt - 1)
    }
}
