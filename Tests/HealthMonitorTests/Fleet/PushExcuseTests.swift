import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

/// Jobs that get late while the monitor has no network.
struct PushExcuseTests {
    private let start = MonotonicTime.now()

    private func tick(_ minutes: Double) -> MonotonicTime { start.advanced(by: .seconds(minutes * 60)) }

    /// From 2026-01-19 00:00 UTC.
    private func wall(_ minutes: Double) -> WallTime {
        WallTime(microseconds: 1_768_780_800_000_000 + Int64(minutes * 60_000_000))
    }

    /// A job may have called in vain while the monitor had no network; one that was late before has not.
    @Test func anOutageOfTheMonitorsNetworkStartsTheTimeAgain() {
        var excuse = PushExcuse()
        func look(_ minute: Double, isLate: Bool, isConnected: Bool = true) -> Bool {
            excuse.note(isLate: isLate, isConnected: isConnected, at: tick(minute))
        }
        #expect(!look(0, isLate: true, isConnected: false) && !look(1, isLate: true), "nothing is known of before")
        #expect(!look(2, isLate: false) && !look(3, isLate: true, isConnected: false))
        #expect(!look(4, isLate: true, isConnected: false) && excuse.since == nil)
        #expect(look(5, isLate: true) && excuse.since == tick(5))
        #expect(!look(6, isLate: false) && !look(7, isLate: true), "no outage")
        #expect(!look(8, isLate: true, isConnected: false) && !look(9, isLate: true), "it was late before")
        #expect(excuse.since == tick(5))
    }

    @Test func aRestartedTimeCountsForSilenceAndSchedule() throws {
        let board = PushBoard(["token": .init(name: "job")], start: tick(0))
        #expect(!board.noteLook("token", isLate: false, isConnected: true, now: tick(1)))
        #expect(!board.noteLook("token", isLate: true, isConnected: false, now: tick(160)))
        #expect(board.noteLook("token", isLate: true, isConnected: true, now: tick(170)))
        func message(_ minute: Double, _ limits: PushVerdict.Limits) -> String {
            PushVerdict(board.report("token"), limits, now: tick(minute), wallNow: wall(minute))
                .result.message
        }
        let silent = PushVerdict.Limits(maxSilence: .seconds(300))
        #expect(message(175, silent) == "no call yet")
        #expect(message(176, silent) == "no call for 10560 s")
        board.note("token", .init(at: tick(0), status: .healthy), wallNow: wall(0))
        let scheduled = PushVerdict.Limits(schedule: try JobSchedule("30 2 * * *"))
        #expect(!message(175, scheduled).hasPrefix("did not call"))
        #expect(message(175.1, scheduled) == "did not call by 02:55 (due 02:30, grace 5 min)")
    }
}
