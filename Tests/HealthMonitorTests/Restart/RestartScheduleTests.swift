import Foundation
import KeepAliveKit
import Testing

@testable import KeepAliveHealthMonitor

/// The times of restarts, also from a file that a person may have changed.
struct RestartScheduleTests {
    private func schedule(attempts: Int, nextAt: Int64) throws -> RestartSchedule {
        let text = #"{"services": {"bot": {"attempts": \#(attempts), "nextAt": \#(nextAt)}}}"#
        return try JSONDecoder().decode(RestartSchedule.self, from: Data(text.utf8))
    }

    @Test func theFirstRunIsTenSecondsAfterTheFailure() {
        var schedule = RestartSchedule()
        #expect(schedule.wait(of: "bot", at: 5) == .seconds(10), "nothing is known yet")
        #expect(schedule.attempts("bot") == 0)
        _ = schedule.noteFailure(of: "bot", at: 5)
        #expect(schedule.services == ["bot": .init(attempts: 0, nextAt: 10_000_005)])
        #expect(schedule.wait(of: "bot", at: 5) == .seconds(10))
        #expect(schedule.wait(of: "bot", at: 10_000_004) == .microseconds(1))
        #expect(schedule.wait(of: "bot", at: 10_000_005) == .zero)
        #expect(schedule.wait(of: "bot", at: 4) == .zero, "the clock was set back")
    }

    @Test func eachRunDoublesTheDelayUpToFiveMinutes() {
        var schedule = RestartSchedule()
        let delays = (1...7).map { _ in schedule.noteRun(of: "bot", at: 0) }
        #expect(delays == [20, 40, 80, 160, 300, 300, 300].map { Duration.seconds($0) })
        #expect(schedule.services == ["bot": .init(attempts: 7, nextAt: 300_000_000)])
        #expect(schedule.wait(of: "bot", at: 0) == .seconds(300))
        #expect(schedule.attempts("web") == 0)
    }

    @Test func aNumberOfAttemptsThatCannotBeIsNoTrap() throws {
        var negative = try schedule(attempts: -5, nextAt: 10_000_000)
        #expect(negative.wait(of: "bot", at: 0) == .seconds(10))
        #expect(negative.noteRun(of: "bot", at: 0) == .seconds(20))
        #expect(negative.attempts("bot") == 1)
        var huge = try schedule(attempts: .max, nextAt: 0)
        #expect(huge.noteRun(of: "bot", at: 0) == .seconds(300))
        #expect(huge.attempts("bot") == .max)
    }

    @Test func aTimeThatCannotBeIsNoTrap() throws {
        #expect(try schedule(attempts: 0, nextAt: .min).wait(of: "bot", at: 5) == .zero)
        #expect(try schedule(attempts: 0, nextAt: .max).wait(of: "bot", at: -5) == .zero)
        var last = RestartSchedule()
        _ = last.noteFailure(of: "bot", at: .max)
        #expect(last.services["bot"]?.nextAt == .max)
    }
}
