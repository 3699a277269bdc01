import KeepAliveKit
import Testing

@testable import KeepAliveCasinoBot

/// The limits of a lane at their edges; times are milliseconds.
struct ReplyLaneLimitTests {
    private let start = SuspendingClock.now

    private func at(_ milliseconds: Int) -> SuspendingClock.Instant { start.advanced(by: .milliseconds(milliseconds)) }

    /// Adds replies and sends all, in zero time; returns when each left.
    private func send(
        _ ids: ClosedRange<Int64>, to lane: ReplyLanes.Lane, from start: Int, _ lanes: inout ReplyLanes
    ) -> [Int] {
        for id in ids { lanes.add(id, to: lane) }
        var now = start
        var times: [Int] = []
        while true {
            switch lanes.next(at: at(now)) {
            case .send(_, let lane):
                times.append(now)
                lanes.settled(lane, at: at(now))
            case .wait(let until):
                now = Int((self.start.duration(to: until) / .milliseconds(1)).rounded(.up))
            case .nothing:
                return times
            }
        }
    }

    /// The next wait is then that for the second oldest.
    @Test func aMessageOfAMinuteAgoCountsNoMore() {
        var lanes = ReplyLanes()
        for id in 1...20 as ClosedRange<Int64> {
            #expect(send(id...id, to: .chat(-7), from: Int(id) * 2000, &lanes) == [Int(id) * 2000])
        }
        #expect(send(21...23, to: .chat(-7), from: 45_000, &lanes) == [62_000, 64_000, 66_000])
    }

    @Test func anAnswerToAButtonHasNoLimitOfAGroup() {
        var lanes = ReplyLanes()
        #expect(send(1...25, to: .button(1), from: 0, &lanes) == (0..<25).map { $0 * 34 })
    }

    @Test func aChatOfOnePersonHasNoLimitOfAGroup() {
        var lanes = ReplyLanes()
        #expect(send(1...25, to: .chat(7), from: 0, &lanes) == (0..<25).map { $0 * 1000 })
    }

    /// A lane without replies is forgotten only when its last sends limit nothing more.
    @Test func anEmptyLaneKeepsTheSecondAfterItsLastMessage() {
        var lanes = ReplyLanes()
        #expect(send(1...1, to: .chat(7), from: 0, &lanes) == [0])
        #expect(lanes.next(at: at(500)) == .nothing)
        lanes.add(2, to: .chat(7))
        #expect(lanes.next(at: at(600)) == .wait(until: at(1000)))
    }

    @Test func anEmptyLaneKeepsTheMinuteOfItsGroup() {
        var lanes = ReplyLanes()
        #expect(send(1...10, to: .chat(-7), from: 0, &lanes).last == 9000)
        #expect(lanes.next(at: at(20_000)) == .nothing)
        let times = send(11...21, to: .chat(-7), from: 20_000, &lanes)
        #expect(times == (20..<30).map { $0 * 1000 } + [60_000])
    }
}
