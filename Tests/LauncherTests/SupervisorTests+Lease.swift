import KeepAliveKit
import KeepAliveLease
import Testing

@testable import KeepAliveLauncher

/// Under a lease that nobody has granted yet, so that no bot may be started.
extension SupervisorTests {
    private func standby() throws -> Supervisor {
        try supervisor(["LEASE_URL": "postgres://db.example/x", "LEASE_NAME": "casino"])
    }

    /// `launcher status` would tell of a start that is none.
    @Test func aStartThatWaitsIsForgottenWithTheLease() throws {
        let supervisor = try standby()
        supervisor.handle(.leaseTaken(nil))
        #expect(supervisor.state.phase == .waiting)
        #expect(supervisor.startAt != nil)
        supervisor.perform([.endBot("the lease is lost")])
        #expect(supervisor.state.phase == .standby)
        #expect(supervisor.startAt == nil)
    }

    @Test func theFailuresOfTheLeaderBeforeCountOn() throws {
        let supervisor = try standby()
        let record = RestartPolicy.Record(consecutive: 2, failures: 2)
        supervisor.perform([.lead(epoch: 7, info: LeaseInfo(record: record))])
        #expect(supervisor.folder.ledger.record == record)
        #expect(supervisor.lease?.state.info.record == record)
    }

    @Test func theResultOfAHandoverIsLogged() throws {
        let supervisor = try standby()
        supervisor.perform([.handedOver(true, "beta has the lease"), .handedOver(false, "nobody wanted it")])
        #expect(log.contains("INFO  launcher: handover: beta has the lease\n"), "\(log)")
        #expect(log.contains("WARN  launcher: handover: nobody wanted it\n"), "\(log)")
    }
}
