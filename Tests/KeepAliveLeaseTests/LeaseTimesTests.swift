import KeepAliveLease
import Testing

@Suite struct LeaseTimesTests {
    @Test(arguments: [5, 10, 30, 600])
    func `each enforcer acts before the next, and all before a standby may take`(_ seconds: Int) {
        let times = LeaseTimes(timeToLive: .seconds(seconds))
        #expect(times.neededToStart < times.terminate)
        #expect(times.terminate < times.kill)
        #expect(times.kill < times.guardKill)
        #expect(times.guardKill < times.timeToLive)
        #expect(times.giveUp >= .seconds(1))
        #expect(times.renewEvery + times.giveUp < times.neededToStart)
        #expect(times.observeEvery <= .milliseconds(500))
        #expect(times.takeEvery <= .seconds(10))
    }

    /// Machines with other shares would not fit together.
    @Test(
        arguments: [
            (5, [500, 125, 1500, 1000, 1000, 2500, 4000, 4500, 4600, 250]),
            (10, [1000, 250, 3000, 2000, 1000, 5000, 8000, 9000, 9200, 500]),
            (30, [3000, 750, 9000, 6000, 3000, 15_000, 24_000, 27_000, 27_600, 500]),
            (600, [60_000, 15_000, 180_000, 10_000, 60_000, 300_000, 480_000, 540_000, 552_000, 500]),
        ])
    func `each time is its share of the time to live`(_ seconds: Int, _ milliseconds: [Int]) {
        let times = LeaseTimes(timeToLive: .seconds(seconds))
        let found = [
            times.renewEvery, times.retryEvery, times.replaceAfter, times.takeEvery, times.giveUp, times.neededToStart,
            times.terminate, times.kill, times.guardKill, times.observeEvery,
        ]
        #expect(found == milliseconds.map { .milliseconds($0) })
    }

    @Test func `some times do not depend on the time to live`() {
        let found = [
            LeaseTimes.reachEvery, LeaseTimes.offerEvery, LeaseTimes.claimEvery, LeaseTimes.offerFor,
            LeaseTimes.examineEvery, LeaseTimes.keeperEvery, LeaseTimes.releaseFor, LeaseTimes.heirFirst,
        ]
        #expect(found == [1000, 100, 50, 5000, 1000, 100, 2000, 2000].map { .milliseconds($0) })
    }
}
