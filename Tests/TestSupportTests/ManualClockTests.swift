import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ManualClockTests {
    let clock = ManualClock()

    @Test func sleepersWakeWhenTheirTimeComes() async throws {
        let log = EventLog<String>()
        let clock = clock
        let late = Task {
            try await clock.sleep(for: .seconds(20))
            log.append("late")
        }
        let early = Task {
            try await clock.sleep(for: .seconds(10))
            log.append("early")
        }
        await clock.waitForSleeper(count: 2)
        #expect(clock.nextDeadline == .init(offset: .seconds(10)))
        clock.advance(by: .seconds(9))
        #expect(clock.sleeperCount == 2)
        clock.advance(by: .seconds(1))
        try await early.value
        #expect(log.elements == ["early"])
        #expect(clock.nextDeadline?.offset == .seconds(20))
        #expect(clock.advanceToNextDeadline()?.offset == .seconds(20))
        try await late.value
        #expect(clock.now.offset == .seconds(20))
        #expect(clock.advanceToNextDeadline() == nil)
    }

    @Test func aLoopCanBeSteppedThrough() async throws {
        let clock = clock
        let ticks = EventLog<Int>()
        let loop = Task {
            for tick in 1...100 {
                try await clock.sleep(for: .seconds(1))
                ticks.append(tick)
            }
        }
        for second in 1...100 {
            await clock.waitForSleeper(until: .init(offset: .seconds(second)))
            #expect(ticks.count == second - 1)
            clock.advance(by: .seconds(1))
        }
        try await loop.value
        #expect(ticks.count == 100)
    }

    @Test func pastDeadlinesDoNotSuspend() async throws {
        try await clock.sleep(until: clock.now)
        clock.advance(to: .init(offset: .seconds(5)))
        clock.advance(to: .init(offset: .seconds(1)))
        #expect(clock.now.offset == .seconds(5))
        try await clock.sleep(until: .init(offset: .seconds(5)))
    }

    @Test func cancellationEndsTheSleep() async throws {
        let clock = clock
        let sleeper = Task { try await clock.sleep(for: .seconds(1)) }
        await clock.waitForSleeper()
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(clock.sleeperCount == 0)
        let watcher = Task { await clock.waitForSleeper(count: 5) }
        watcher.cancel()
        await watcher.value
    }
}
