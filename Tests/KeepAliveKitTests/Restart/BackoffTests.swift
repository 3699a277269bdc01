import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

struct BackoffTests {
    @Test func theSequence() {
        let delays = (0..<9).map { Backoff().delay($0) }
        #expect(delays == [5, 10, 20, 40, 80, 160, 300, 300, 300].map { .seconds($0) })
    }

    @Test(arguments: [
        (Duration.zero, Duration.seconds(300), 7, Duration.zero), (.seconds(5), .zero, 0, .zero),
        (.seconds(5), .seconds(3), 0, .seconds(3)), (.seconds(5), .seconds(5), 9, .seconds(5)),
        (.milliseconds(1), .seconds(1), 9, .milliseconds(512)), (.milliseconds(1), .seconds(1), 10, .seconds(1)),
        (.seconds(5), .seconds(300), -1, .seconds(5)), (.seconds(5), .seconds(300), .min, .seconds(5)),
        (.seconds(5), .seconds(300), .max, .seconds(300)), (.nanoseconds(1), .seconds(Int64.max), 3, .nanoseconds(8)),
        (.zero, .seconds(300), .max, .zero), (.seconds(1), .seconds(Int64.max), .max, .seconds(Int64.max)),
    ])
    func extremes(initial: Duration, maximum: Duration, index: Int, delay: Duration) {
        #expect(Backoff(initial: initial, maximum: maximum).delay(index) == delay)
    }

    @Test func jitterOnlyShortensAndByNoMoreThanItsShare() {
        var random = SeededRandom(seed: 1)
        let backoff = Backoff(jitter: 0.25)
        let delays = (0..<1000).map { _ in backoff.delay(3, using: &random) }
        #expect(delays.allSatisfy { $0 >= .seconds(30) && $0 <= .seconds(40) })
        #expect(delays.min()! < .seconds(31))
        #expect(delays.max()! > .seconds(39))
    }

    @Test(arguments: [-1, 0, .nan] as [Double])
    func noJitter(share: Double) {
        var random = SeededRandom(seed: 2)
        let delay = Backoff(jitter: share).delay(2, using: &random)
        #expect(delay == .seconds(20))
    }

    @Test(arguments: [1, 2, .infinity] as [Double])
    func noMoreThanAllIsTakenAway(share: Double) {
        var random = SeededRandom(seed: 3)
        for _ in 0..<1000 {
            let delay = Backoff(jitter: share).delay(2, using: &random)
            #expect(delay >= .zero && delay <= .seconds(20))
        }
    }
}
