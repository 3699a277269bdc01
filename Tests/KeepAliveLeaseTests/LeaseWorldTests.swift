import KeepAliveTestSupport
import Testing

@testable import KeepAliveLease

@Suite struct LeaseWorldTests {
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `never do two bots run, and one runs again once the faults are over`(_ seed: UInt64) {
        var world = LeaseWorld(seed: seed, machines: seed % 2 == 0 ? 2 : 3)
        world.pass(.seconds(60))
        world.hasFaults = false
        // A frozen launcher, a delayed message and a whole time to live.
        world.pass(.seconds(25))
        #expect(world.violations.isEmpty, "\(world.violations.prefix(3))")
        #expect(world.machines.count { $0.hasBot } == 1, "\(world.machines.map(\.state.phase)) \(world.row)")
    }
}
