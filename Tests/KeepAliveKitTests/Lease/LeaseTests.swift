import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

struct LeaseTests {
    @Test func withoutALeaseNothingHasToBeFenced() throws {
        for environment in [[:], ["KEEPALIVE_LEASE_NAME": "", "KEEPALIVE_LEASE_FD": ""]] {
            let lease = try Lease(environment: environment)
            #expect(lease.isHeld(for: .seconds(1_000_000)))
            #expect(lease.name == nil && lease.epoch == nil && lease.heldFor == nil && lease.report == nil)
        }
    }

    @Test func itIsHeldUntilTheDeadlineThatTheLauncherMoves() throws {
        let memory = try LeaseMemory(heldFor: .seconds(1000))
        let lease = try Lease(environment: memory.variables(name: "casino-bot", epoch: 1_790_000_000))
        #expect(lease.name == "casino-bot" && lease.epoch == 1_790_000_000)
        #expect(lease.isHeld() && lease.isHeld(for: .seconds(900)) && lease.isHeld(for: .seconds(-5)))
        #expect(!lease.isHeld(for: .seconds(1001)))
        let left = try #require(lease.heldFor)
        #expect(left <= .seconds(1000) && left > .seconds(900))
        memory.hold(for: .seconds(2000))
        #expect(lease.isHeld(for: .seconds(1500)))
        memory.hold(for: .seconds(-1))
        #expect(!lease.isHeld() && !lease.isHeld(for: .seconds(-5)) && lease.heldFor == .zero)
        memory.hold(for: .seconds(10))
        #expect(lease.isHeld())
        memory.revoke()
        #expect(!lease.isHeld() && lease.heldFor == .zero)
        #expect(lease.report == LeaseReport(name: "casino-bot", epoch: 1_790_000_000, heldFor: 0))
    }

    @Test(arguments: [String(repeating: "a", count: 63), "a", "Az09._-"], [1, Int64.max])
    func theFirstAndLastNamesAndEpochsAreAllowed(name: String, epoch: Int64) throws {
        let memory = try LeaseMemory(heldFor: .seconds(9))
        defer { withExtendedLifetime(memory) {} }
        let lease = try Lease(environment: memory.variables(name: name, epoch: epoch))
        #expect(lease.name == name && lease.epoch == epoch)
    }

    @Test func programsThatTheBotStartsDoNotGetTheDescriptor() throws {
        let memory = try LeaseMemory(heldFor: .seconds(9))
        #expect(fcntl(memory.descriptor, F_GETFD) == 0)
        _ = try Lease(environment: memory.variables())
        #expect(fcntl(memory.descriptor, F_GETFD) == FD_CLOEXEC)
    }

    private static let wrong: [(changes: [String: String], finding: String)] = [
        (["KEEPALIVE_LEASE_EPOCH": ""], "KEEPALIVE_LEASE_EPOCH is not set, but others of its kind are"),
        (["KEEPALIVE_LEASE_NAME": ""], "KEEPALIVE_LEASE_NAME is not set"),
        (["KEEPALIVE_LEASE_FD": ""], "KEEPALIVE_LEASE_FD is not set"),
        (["KEEPALIVE_LEASE_NAME": "a b"], "KEEPALIVE_LEASE_NAME=\"a b\" cannot be used: a name has 1 to 63"),
        (["KEEPALIVE_LEASE_NAME": String(repeating: "a", count: 64)], "a name has 1 to 63"),
        (
            ["KEEPALIVE_LEASE_EPOCH": "soon"],
            "KEEPALIVE_LEASE_EPOCH=\"soon\" cannot be used: an epoch is a whole number"
        ),
        (["KEEPALIVE_LEASE_EPOCH": "0"], "an epoch is a whole number from 1"),
        (["KEEPALIVE_LEASE_EPOCH": "9223372036854775808"], "an epoch is a whole number from 1"),
        (["KEEPALIVE_LEASE_FD": "3.5"], "it is no number of a descriptor"),
        (["KEEPALIVE_LEASE_FD": "-1"], "it is no number of a descriptor"),
        (["KEEPALIVE_LEASE_FD": "99999999999"], "it is no number of a descriptor"),
        (["KEEPALIVE_LEASE_FD": "1000000"], "it is no open descriptor"),
        (["KEEPALIVE_LEASE_FD": "0"], "it is no memory file with the seals"),
    ]

    @Test(arguments: wrong)
    func wrongVariablesAreRefusedWithTheRemedy(changes: [String: String], finding: String) throws {
        let memory = try LeaseMemory(heldFor: .seconds(9))
        let error = try #require(throws: KeepAliveError.self) {
            _ = try Lease(environment: memory.variables().merging(changes) { $1 })
        }
        #expect(error.exitCode == 78)
        #expect(error.description.contains(finding), "\(error)")
        #expect(error.description.contains("start the bot by the launcher, or unset KEEPALIVE_LEASE_*"))
    }

    @Test(arguments: [(8, 0), (8, 1 | 2), (8, 1 | 4), (8, 2 | 4), (4, 7), (16, 7)] as [(Int, Int32)])
    func memoryThatCouldShrinkOrHasAnotherSizeIsRefused(length: Int, seals: Int32) throws {
        let memory = try LeaseMemory(heldFor: .seconds(9), length: length, seals: seals)
        let error = try #require(throws: SharedDeadline.Refusal.self) {
            _ = try SharedDeadline(descriptor: memory.descriptor)
        }
        #expect(error.description.contains(length == 8 ? "seals" : "\(length) bytes instead of 8"))
    }
}
