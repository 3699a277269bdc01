import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

struct ScheduleTests {
    private typealias Instant = SuspendingClock.Instant
    private let start = SuspendingClock.now

    /// The turns up to a time, as `second: targets`.
    private func turns(_ intervals: [Duration], until end: Duration) -> [String] {
        var schedule = Schedule(intervals, from: start)
        var turns: [String] = []
        while let next = schedule.next, next <= start.advanced(by: end) {
            let targets = schedule.take(at: next)
            let (seconds, attoseconds) = start.duration(to: next).components
            let place = Double(seconds) + Double(attoseconds) / 1e18
            turns.append("\((place * 1000).rounded() / 1000): \(targets)")
        }
        return turns
    }

    @Test func eachAtItsInterval() {
        #expect(
            turns([.seconds(2), .seconds(3)], until: .seconds(6))
                == ["0.0: [0]", "0.01: [1]", "2.0: [0]", "3.01: [1]", "4.0: [0]", "6.0: [0]"])
    }

    @Test func aLargeFleetIsSpread() {
        let turns = turns(Array(repeating: .seconds(1), count: 1000), until: .milliseconds(999))
        #expect(turns.count == 1000)
        #expect(turns.prefix(2) == ["0.0: [0]", "0.001: [1]"])
        #expect(turns.last == "0.999: [999]")
    }

    @Test func missedTurnsAreSkipped() {
        var schedule = Schedule([.seconds(1)], from: start)
        #expect(schedule.take(at: start) == [0])
        let late = start.advanced(by: .seconds(604_800))
        #expect(schedule.take(at: late) == [0])
        #expect(schedule.take(at: late) == [])
        #expect(schedule.next == late.advanced(by: .seconds(1)))
    }

    @Test func targetsThatAreDueTogetherKeepTheirOrder() {
        let known = Dictionary(uniqueKeysWithValues: (0..<9).map { ($0, start) })
        var schedule = Schedule([Duration](repeating: .seconds(1), count: 9), from: start, known: known)
        #expect(schedule.take(at: start) == Array(0..<9))
    }

    /// Also if the turn that was missed and the next one are due at the same moment.
    @Test func noTurnIsTakenTwice() {
        var schedule = Schedule([.seconds(1)], from: start)
        let late = start.advanced(by: .seconds(1))
        #expect(schedule.take(at: late) == [0])
        #expect(schedule.next == late.advanced(by: .seconds(1)))
    }

    /// Its targets keep their turns in the schedule that replaces it.
    @Test func aScheduleGoesOnAfterAnother() {
        var schedule = Schedule([.seconds(10), .seconds(60)], from: start)
        #expect(schedule.take(at: start.advanced(by: .seconds(1))) == [0, 1])
        #expect(
            schedule.due == [start.advanced(by: .seconds(10)), start.advanced(by: .seconds(60) + .milliseconds(10))])
        let later = start.advanced(by: .seconds(5))
        var next = Schedule([.seconds(10), .seconds(60)], from: later, known: [1: schedule.due[1]])
        #expect(next.take(at: later) == [0])
        #expect(next.take(at: start.advanced(by: .seconds(14))) == [])
        #expect(next.due[1] == schedule.due[1])
    }

    @Test func nothingIsDueWhereThereIsNothing() {
        var schedule = Schedule([], from: start)
        #expect(schedule.next == nil)
        #expect(schedule.take(at: start) == [])
    }
}
