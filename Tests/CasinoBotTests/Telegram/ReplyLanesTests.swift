import KeepAliveKit
import Testing

@testable import KeepAliveCasinoBot

struct ReplyLanesTests {
    private let start = SuspendingClock.now

    private func at(_ milliseconds: Int) -> SuspendingClock.Instant { start.advanced(by: .milliseconds(milliseconds)) }

    /// Sends everything from a time on, in zero time; returns when each reply left, in milliseconds, and to which chat.
    private func drain(
        _ lanes: inout ReplyLanes, from start: Int = 0
    ) -> [(time: Int, id: Int64, lane: ReplyLanes.Lane)] {
        var now = start
        var sent: [(Int, Int64, ReplyLanes.Lane)] = []
        while true {
            switch lanes.next(at: at(now)) {
            case .send(let id, let lane):
                sent.append((now, id, lane))
                lanes.settled(lane, at: at(now))
            case .wait(let until):
                now = Int((self.start.duration(to: until) / .milliseconds(1)).rounded(.up))
            case .nothing:
                return sent
            }
        }
    }

    @Test func aChatGetsOneASecondInOrder() {
        var lanes = ReplyLanes()
        for id in 1...4 as ClosedRange<Int64> { lanes.add(id, to: .chat(7)) }
        let sent = drain(&lanes)
        #expect(sent.map(\.id) == [1, 2, 3, 4])
        #expect(sent.map(\.time) == [0, 1000, 2000, 3000])
    }

    @Test func allTogetherGetThirtyASecond() {
        var lanes = ReplyLanes()
        for id in 1...100 as ClosedRange<Int64> { lanes.add(id, to: .chat(id)) }
        let times = drain(&lanes).map(\.time)
        #expect(times.count == 100)
        for time in times { #expect(times.count { (time..<time + 1000).contains($0) } <= 33) }
        #expect(times == (0..<100).map { $0 * 34 })
    }

    /// A late timer is made up for by four at once, not by all that waited.
    @Test func aPauseIsNoReasonForABurst() {
        var lanes = ReplyLanes()
        lanes.add(1, to: .chat(1))
        _ = drain(&lanes)
        for id in 2...9 as ClosedRange<Int64> { lanes.add(id, to: .chat(id)) }
        #expect(drain(&lanes, from: 60_000).map { $0.time - 60_000 } == [0, 0, 0, 0, 34, 68, 102, 136])
    }

    /// Sent replies are dropped from the array now and then; none of the others is lost or sent twice.
    @Test func aLongLaneIsSentInOrder() {
        var lanes = ReplyLanes()
        for id in 1...300 as ClosedRange<Int64> { lanes.add(id, to: .chat(7)) }
        #expect(lanes.count(in: .chat(7)) == 300)
        #expect(drain(&lanes).map(\.id) == Array(1...300))
        #expect(lanes.count(in: .chat(7)) == 0)
    }

    @Test func aGroupGetsTwentyAMinute() {
        var lanes = ReplyLanes()
        for id in 1...45 as ClosedRange<Int64> { lanes.add(id, to: .chat(-7)) }
        let times = drain(&lanes).map(\.time)
        for time in times { #expect(times.count { (time..<time + 60_000).contains($0) } <= 20) }
        #expect(times == (Array(0..<20) + Array(60..<80) + Array(120..<125)).map { $0 * 1000 })
    }

    /// The minute of the first message ends less than a second after the twentieth.
    @Test func aGroupGetsOneASecondAtTheEndOfTheMinuteToo() {
        var lanes = ReplyLanes()
        lanes.add(1, to: .chat(-7))
        var times = drain(&lanes).map(\.time)
        for id in 2...25 as ClosedRange<Int64> { lanes.add(id, to: .chat(-7), notBefore: at(41_660)) }
        times += drain(&lanes).map(\.time)
        #expect(times.count == 25)
        for (time, next) in zip(times, times.dropFirst()) { #expect(next - time >= 1000) }
    }

    @Test func aPauseIsNotMadeUpForByABurst() {
        var lanes = ReplyLanes()
        lanes.add(1, to: .chat(1))
        _ = drain(&lanes)
        for id in 2...30 as ClosedRange<Int64> { lanes.add(id, to: .chat(id)) }
        #expect(drain(&lanes, from: 100_000).count { $0.time == 100_000 } == 4)
    }

    @Test func buttonsWaitForNoChat() {
        var lanes = ReplyLanes()
        for id in 1...3 as ClosedRange<Int64> { lanes.add(id, to: .button(id)) }
        #expect(drain(&lanes).map(\.time).max() ?? 1000 < 1000)
    }

    /// A hanging answer delays no other.
    @Test func buttonsAreAnsweredSideBySide() {
        var lanes = ReplyLanes()
        for id in 1...3 as ClosedRange<Int64> { lanes.add(id, to: .button(id)) }
        for id in 1...3 as ClosedRange<Int64> {
            #expect(lanes.next(at: at(Int(id) * 100)) == .send(id: id, lane: .button(id)))
        }
    }

    @Test func aLaneThatFailsWaitsAloneAndKeepsItsOrder() {
        var lanes = ReplyLanes()
        lanes.add(1, to: .chat(7))
        lanes.add(2, to: .chat(7))
        lanes.add(3, to: .chat(8))
        #expect(lanes.next(at: at(0)) == .send(id: 1, lane: .chat(7)))
        let retry = Backoff(initial: .seconds(1), maximum: .seconds(2))
        #expect(lanes.failed(.chat(7), at: at(0), retry: retry, atLeast: .seconds(3600)) == .seconds(3600))
        #expect(lanes.count(in: .chat(7)) == 2)
        #expect(lanes.next(at: at(100)) == .send(id: 3, lane: .chat(8)))
        lanes.settled(.chat(8), at: at(100))
        #expect(lanes.next(at: at(5000)) == .wait(until: at(3_600_000)))
        #expect(lanes.next(at: at(3_600_000)) == .send(id: 1, lane: .chat(7)))
        #expect(lanes.failed(.chat(7), at: at(3_600_000), retry: retry, atLeast: .zero) == .seconds(2))
    }

    @Test func aLaneThatWasAskedToWaitBeforeWaitsOn() {
        var lanes = ReplyLanes()
        lanes.add(1, to: .chat(7), notBefore: at(5000))
        lanes.add(2, to: .chat(7))
        lanes.add(3, to: .chat(8))
        #expect(drain(&lanes).map(\.id) == [3, 1, 2])
        lanes.add(4, to: .chat(9), notBefore: at(60_000))
        #expect(drain(&lanes).map(\.time) == [60_000])
    }

    @Test func anOutageThatTwoLanesFindHoldsUpAll() {
        var lanes = ReplyLanes()
        let retry = Backoff(initial: .seconds(10), maximum: .seconds(10))
        for id in 1...3 as ClosedRange<Int64> { lanes.add(id, to: .chat(id)) }
        #expect(lanes.next(at: at(0)) == .send(id: 1, lane: .chat(1)))
        _ = lanes.failed(.chat(1), at: at(0), retry: retry, atLeast: .zero, isOutage: true)
        #expect(lanes.next(at: at(100)) == .send(id: 2, lane: .chat(2)))
        _ = lanes.failed(.chat(2), at: at(100), retry: retry, atLeast: .zero, isOutage: true)
        #expect(lanes.next(at: at(200)) == .wait(until: at(10_100)))
        #expect(lanes.next(at: at(10_100)) == .send(id: 1, lane: .chat(1)))
    }

    /// Telegram has answered between the two: it is not out of order.
    @Test func aLimitBetweenTwoOutagesEndsTheFirst() {
        var lanes = ReplyLanes()
        let retry = Backoff(initial: .seconds(10), maximum: .seconds(10))
        for id in 1...4 as ClosedRange<Int64> {
            lanes.add(id, to: .chat(id))
            let now = Int(id) * 100
            #expect(lanes.next(at: at(now)) == .send(id: id, lane: .chat(id)))
            _ = lanes.failed(.chat(id), at: at(now), retry: retry, atLeast: .zero, isOutage: id % 2 == 1)
        }
        lanes.add(5, to: .chat(5))
        #expect(lanes.next(at: at(500)) == .send(id: 5, lane: .chat(5)))
    }

    /// For example a reply that Telegram always answers with 500.
    @Test func oneLaneThatFailsEachTimeHoldsUpNoOther() {
        var lanes = ReplyLanes()
        let retry = Backoff(initial: .seconds(1), maximum: .seconds(1))
        lanes.add(1, to: .chat(1))
        for id in 2...9 as ClosedRange<Int64> {
            let now = Int(id) * 2000
            #expect(lanes.next(at: at(now)) == .send(id: 1, lane: .chat(1)))
            _ = lanes.failed(.chat(1), at: at(now), retry: retry, atLeast: .zero, isOutage: true)
            lanes.add(id, to: .chat(id))
            #expect(lanes.next(at: at(now + 100)) == .send(id: id, lane: .chat(id)))
            lanes.settled(.chat(id), at: at(now + 100))
        }
    }

    @Test func soManyAreUnderWayAtMost() {
        var lanes = ReplyLanes()
        for id in 1...50 as ClosedRange<Int64> { lanes.add(id, to: .chat(id)) }
        var sending = 0
        while case .send = lanes.next(at: at(sending * 1000)) { sending += 1 }
        #expect(sending == ReplyLanes.mostSending)
        lanes.settled(.chat(1), at: at(100_000))
        #expect(lanes.next(at: at(100_000)) == .send(id: 33, lane: .chat(33)))
    }

    /// A reply that was taken is a success; the next failure has the first delay.
    @Test func theDelaysBeginAnewAfterASuccess() {
        var lanes = ReplyLanes()
        let retry = Backoff(initial: .seconds(1), maximum: .seconds(60))
        lanes.add(1, to: .chat(7))
        lanes.add(2, to: .chat(7))
        for (time, delay) in [(0, 1), (1000, 2), (3000, 4)] {
            #expect(lanes.next(at: at(time)) == .send(id: 1, lane: .chat(7)))
            #expect(lanes.failed(.chat(7), at: at(time), retry: retry, atLeast: .zero) == .seconds(delay))
        }
        #expect(lanes.next(at: at(7000)) == .send(id: 1, lane: .chat(7)))
        lanes.settled(.chat(7), at: at(7000))
        #expect(lanes.next(at: at(8000)) == .send(id: 2, lane: .chat(7)))
        #expect(lanes.failed(.chat(7), at: at(8000), retry: retry, atLeast: .zero) == .seconds(1))
    }

    @Test func aReplyTakenBetweenTwoOutagesEndsTheFirst() {
        var lanes = ReplyLanes()
        let retry = Backoff(initial: .seconds(10), maximum: .seconds(10))
        for id in 1...4 as ClosedRange<Int64> {
            lanes.add(id, to: .chat(id))
            let now = Int(id) * 100
            #expect(lanes.next(at: at(now)) == .send(id: id, lane: .chat(id)))
            if id % 2 == 1 {
                _ = lanes.failed(.chat(id), at: at(now), retry: retry, atLeast: .zero, isOutage: true)
            } else {
                lanes.settled(.chat(id), at: at(now))
            }
        }
    }

    @Test func onlyAReplyUnderWayEnds() {
        var lanes = ReplyLanes()
        lanes.add(1, to: .chat(7))
        lanes.add(2, to: .chat(7))
        lanes.settled(.chat(7), at: at(0))
        let retry = Backoff(initial: .seconds(10), maximum: .seconds(10))
        #expect(lanes.failed(.chat(7), at: at(0), retry: retry, atLeast: .seconds(5)) == .zero)
        #expect(lanes.count(in: .chat(7)) == 2)
        #expect(lanes.next(at: at(0)) == .send(id: 1, lane: .chat(7)))
    }

    @Test func theLongestWaitOfAChatCounts() {
        var lanes = ReplyLanes()
        lanes.add(1, to: .chat(7), notBefore: at(5000))
        lanes.add(2, to: .chat(7), notBefore: at(3000))
        lanes.add(3, to: .chat(8), notBefore: at(9000))
        #expect(lanes.next(at: at(0)) == .wait(until: at(5000)))
        #expect(lanes.next(at: at(4999)) == .wait(until: at(5000)))
        #expect(lanes.next(at: at(5000)) == .send(id: 1, lane: .chat(7)))
    }
}
