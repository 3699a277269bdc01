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
}
