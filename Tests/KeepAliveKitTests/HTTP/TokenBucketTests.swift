import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

struct TokenBucketTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private static func at(_ seconds: Double) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    private func bucket(capacity: Double = 3, perSecond: Double = 0.5) -> TokenBucket {
        TokenBucket(capacity: capacity, perSecond: perSecond, at: Self.start)
    }

    @Test func aBurstThenTheRate() {
        var bucket = bucket()
        let burst = (0..<4).map { _ in bucket.take(at: Self.start) }
        #expect(burst == [nil, nil, nil, 2])
        let later = [1.5, 2, 2.5, 3.5, 4].map { bucket.take(at: Self.at($0)) }
        #expect(later == [1, nil, 2, 1, nil])
    }

    /// A rest fills it, and no more.
    @Test func itHoldsItsCapacity() {
        var bucket = bucket()
        _ = bucket.take(at: Self.start)
        #expect(bucket.tokens(at: Self.start) == 2)
        #expect(bucket.tokens(at: Self.at(1)) == 2.5)
        #expect(bucket.tokens(at: Self.at(1000)) == 3)
    }

    @Test func aWholeTokenIsEnough() {
        let bucket = bucket(capacity: 1)
        #expect(bucket.wait(at: Self.start) == nil)
    }

    @Test(arguments: [(10.0, 1), (1, 1), (0.5, 2), (0.3, 4)])
    func theWaitIsInWholeSeconds(perSecond: Double, seconds: Int) {
        var bucket = bucket(capacity: 1, perSecond: perSecond)
        let first = bucket.take(at: Self.start)
        #expect(first == nil)
        #expect(bucket.wait(at: Self.start) == seconds)
    }

    /// Two threads read the clock, and the later reading arrives first.
    @Test func anOlderReadingGivesNoTokens() {
        var bucket = bucket(capacity: 2, perSecond: 1)
        let taken = [2.0, 1, 2].map { bucket.take(at: Self.at($0)) }
        #expect(taken == [nil, nil, 1])
    }
}
