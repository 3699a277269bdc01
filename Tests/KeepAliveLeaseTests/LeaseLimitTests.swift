import KeepAliveKit
import Testing

@testable import KeepAliveLease

/// Limits that only a long time to live can reach.
@Suite struct LeaseLimitTests {
    private static func machine(_ timeToLive: Duration) -> LeaseMachine {
        var machine = LeaseMachine()
        machine.state = LeaseState(times: LeaseTimes(timeToLive: timeToLive), label: LeaseMachine.label)
        return machine
    }

    private static func marks(_ actions: [LeaseState.Action]) -> [String] { actions.compactMap(\.mark) }

    /// A shell loop of `launcher handover` without a standby.
    @Test func `offers one after another make no request that lease-keeper refuses`() {
        var machine = Self.machine(.seconds(3600))
        func isRead() -> Bool {
            guard let (number, request) = machine.sent else { return false }
            return (try? KeeperMessage<KeeperRequest>(packet: KeeperMessage(number, request).packet)) != nil
        }
        func offer() {
            machine.handle(.handover)
            if machine.awaited == nil { machine.passToNextRequest() }
        }
        machine.lead()
        var (confirmed, most) = (machine.beat, 0)
        while machine.now < LeaseMachine.start + .seconds(110) {
            offer()
            guard case .renew(_, let new, let over, _) = machine.sent?.request else { break }
            most = max(most, over.count)
            if confirmed.map(over.contains) != true || over.count > KeeperMessageLimits.beats { break }
            machine.answer(.renewed(heir: nil))
            confirmed = new
        }
        #expect(machine.now >= LeaseMachine.start + .seconds(110))
        #expect(isRead())
        #expect(most == KeeperMessageLimits.beats - 100)
        // The release goes over the same beats, and over those of its tries.
        for _ in 0..<10 where machine.state.heir == nil {
            offer()
            machine.answer(.renewed(heir: "beta/2/b"))
        }
        machine.handle(.reaped(isClean: true))
        while machine.sent?.request.verb == "release", isRead() {
            machine.answer(.unknown(state: nil, words: "connection lost"))
            machine.passToNextRequest()
        }
        #expect(machine.state.phase == .standby)
    }

    @Test func `a stop waits 2 s at most for the answer to the question for the lease`() {
        var machine = Self.machine(.seconds(600))
        machine.handle(.tick)
        machine.answer(.row(LeaseMachine.row(holder: nil)))
        machine.handle(.stop)
        #expect(machine.state.wakeAt == machine.now + .seconds(2))
        #expect(Self.marks(machine.pass(1.9)) == [])
        // A grant in the last moment leaves its release no more time.
        var granted = machine
        #expect(Self.marks(granted.answer(.granted(epoch: 6, info: "{}"))) == ["release"])
        #expect(Self.marks(granted.pass(0.1)) == ["finish"])
        #expect(Self.marks(machine.pass(0.1)) == ["finish"])
    }
}
