import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

struct StatusTrackTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000)
    private static let noon = WallTime(microseconds: 1_768_838_847_123_456)

    private static func at(_ seconds: Double) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    private static func wall(_ seconds: Double) -> WallTime {
        WallTime(microseconds: noon.microseconds + Int64(seconds * 1e6))
    }

    @Test func sinceIsTheFirstMomentOfAStatus() {
        var track = StatusTrack(.unhealthy, at: Self.start)
        var (age, since) = track.note(.unhealthy, at: Self.at(5), wall: Self.wall(5))
        #expect(age == .seconds(5) && since == Self.noon)
        (age, since) = track.note(.healthy, at: Self.at(7), wall: Self.wall(7))
        #expect(age == .zero && since == Self.wall(7))
        (age, since) = track.note(.healthy, at: Self.at(100), wall: Self.wall(100))
        #expect(age == .seconds(93) && since == Self.wall(7))
        (age, since) = track.note(.degraded, at: Self.at(101), wall: Self.wall(101))
        #expect(age == .zero && since == Self.wall(101))
    }

    /// The two clocks are read one after the other: the text must stay equal in all answers.
    @Test func theMomentIsTheSameInEachAnswer() {
        var track = StatusTrack(.healthy, at: Self.start)
        let first = track.note(.healthy, at: Self.at(1), wall: Self.wall(1)).since
        for offset in [0.000_001, 0.9, -0.9, 1, -1] {
            #expect(track.note(.healthy, at: Self.at(2), wall: Self.wall(2 + offset)).since == first)
        }
    }

    @Test(arguments: [1_000_001, -1_000_001] as [Int64])
    func aSecondAndAMicrosecondIsAClockThatWasSet(offset: Int64) {
        var track = StatusTrack(.healthy, at: Self.start)
        _ = track.note(.healthy, at: Self.at(1), wall: Self.wall(1))
        let wall = WallTime(microseconds: Self.wall(2).microseconds + offset)
        let since = track.note(.healthy, at: Self.at(2), wall: wall).since
        #expect(since == WallTime(microseconds: Self.noon.microseconds + offset))
    }

    @Test func aStatusMayChangeInTheTickOfTheLastReading() {
        var track = StatusTrack(.healthy, at: Self.start)
        _ = track.note(.unhealthy, at: Self.start, wall: Self.noon)
        #expect(track.note(.unhealthy, at: Self.at(5), wall: Self.wall(5)).age == .seconds(5))
    }

    /// Like every other timestamp.
    @Test func aClockThatIsSetMovesTheMomentAndNoAge() {
        var track = StatusTrack(.healthy, at: Self.start)
        _ = track.note(.healthy, at: Self.at(1), wall: Self.wall(1))
        let (age, since) = track.note(.healthy, at: Self.at(10), wall: Self.wall(3610))
        #expect(age == .seconds(10) && since == Self.wall(3600))
    }

    /// Two threads read at once, and the later reading arrives first.
    @Test func anOlderReadingChangesNothing() {
        var track = StatusTrack(.healthy, at: Self.start)
        _ = track.note(.unhealthy, at: Self.at(10), wall: Self.wall(10))
        _ = track.note(.healthy, at: Self.at(9.9), wall: Self.wall(10))
        #expect(track.note(.unhealthy, at: Self.at(12), wall: Self.wall(12)).since == Self.wall(10))
    }

    @Test func theMonitorTakesNoteByItself() {
        let health = HealthMonitor(HealthPolicy(unhealthyAfter: .never), body: .starting) { "\($0)" }
        let starting = health.report()
        #expect(starting.statusAge == starting.uptime)
        health.body = .running
        let begun = MonotonicTime.now()
        let later = health.report(at: begun.advanced(by: .seconds(50)), responseTimes: nil)
        #expect(later.statusAge >= .seconds(50) && later.statusAge < later.uptime)
    }

    /// However soon it follows the one before.
    @Test func eachChangeHasItsOwnMoment() {
        var track = StatusTrack(.healthy, at: Self.start)
        _ = track.note(.healthy, at: Self.start, wall: Self.noon)
        #expect(track.note(.unhealthy, at: Self.at(0.5), wall: Self.wall(0.5)).since == Self.wall(0.5))
        #expect(track.note(.healthy, at: Self.at(0.75), wall: Self.wall(0.75)).since == Self.wall(0.75))
    }
}
