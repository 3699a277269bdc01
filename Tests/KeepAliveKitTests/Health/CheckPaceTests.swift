import Testing

@testable import KeepAliveKit

/// The pauses of a check with an interval of 3 s.
struct CheckPaceTests {
    private func pauses(interval: Duration = .seconds(3), _ runs: Bool...) -> [Duration] {
        var pace = CheckPace(interval: interval)
        return runs.map { pace.pause(afterPassing: $0) }
    }

    @Test func untilItHasPassedItIsDueSoon() {
        let soon: [Duration] = [250, 500, 1000, 2000, 3000, 3000].map(Duration.milliseconds)
        #expect(pauses(false, false, false, false, false, false) == soon)
        #expect(pauses(interval: .seconds(2), false, false, false, false, false).last == .seconds(2))
    }

    @Test func onceItHasPassedItKeepsItsInterval() {
        #expect(pauses(true, false, true, false) == Array(repeating: .seconds(3), count: 4))
        #expect(pauses(false, false, true, false).suffix(2) == [.seconds(3), .seconds(3)])
    }

    @Test(arguments: [Duration.milliseconds(10), .milliseconds(250)])
    func aShortIntervalIsNotMadeLonger(interval: Duration) {
        #expect(pauses(interval: interval, false, false, true) == [interval, interval, interval])
    }

    @Test func theLongestIntervalDoesNotTrap() {
        var pace = CheckPace(interval: .seconds(Int64.max))
        for _ in 0..<100 { _ = pace.pause(afterPassing: false) }
        #expect(pace.pause(afterPassing: false) == .seconds(Int64.max))
    }
}
