import Foundation
import KeepAliveKit
import KeepAliveLease
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

/// The driver of a launcher without a real lease-keeper: it cannot be started, so that the answers come from the test,
/// or is a script.
@Suite struct LeaseDriverTests {
    @Test func `the bot gets the deadline and the term of its lease`() throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        let said = EventLog<String>()
        var settings = Settings(environment: ["LEASE_URL": "postgres://db/x", "LEASE_NAME": "bot"])
        let lease = LeaseSettings(bot: "/bin/sh", isDemo: false, settings: &settings)
        let driver = try LeaseDriver(
            try #require(lease), environment: [:], grace: .seconds(8), stateDirectory: folder.path,
            keeperPath: folder.file("none").path
        ) { level, words in said.append("\(level.rawValue) \(words)") }
        let deadline = try SharedDeadline(descriptor: driver.deadlineRaw)
        #expect(deadline.nanoseconds == 0)
        #expect(!driver.mayStart)
        #expect(driver.botVariables["KEEPALIVE_LEASE_EPOCH"] == "0")

        let row = LeaseRow(
            epoch: 5, beat: Beat(), holder: nil, heir: nil, timeToLive: 30_000, host: "beta", since: nil, info: "{}")
        let events: [LeaseState.Event] = [
            .tick, .answer(1, .row(row)), .examined(isFit: true), .answer(2, .granted(epoch: 6, info: "{}")),
        ]
        var left: [LeaseState.Action] = []
        // 92 % of the time to live, from the request on.
        let kept = Duration.milliseconds(27_600)
        let before = BootClock.now() + kept
        for event in events { left += driver.handle(event) }
        let after = BootClock.now() + kept
        #expect(left.contains { if case .lead(epoch: 6, info: _) = $0 { true } else { false } }, "\(left)")
        #expect(!left.contains { if case .send = $0 { true } else { false } })
        let end = Int64(clamping: deadline.nanoseconds)
        #expect(before.saturatedNanoseconds <= end && end <= after.saturatedNanoseconds)
        #expect(driver.mayStart)
        #expect(driver.botVariables["KEEPALIVE_LEASE_NAME"] == "bot")
        #expect(driver.botVariables["KEEPALIVE_LEASE_EPOCH"] == "6")
        #expect(driver.botVariables["KEEPALIVE_LEASE_FD"] == "\(driver.deadlineRaw)")
        #expect(said.elements.count { $0.hasPrefix("error lease-keeper cannot be started (") } == 1)
    }

    /// Each names it, whether or not it does so itself.
    @Test func `the lines of lease-keeper are logged at their levels`() async throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        let script = "#!/bin/sh\necho 'warning: one'\necho 'error: two'\necho three\necho 'lease-keeper: four'\n"
        let path = try await folder.writeScript(script, to: "lease-keeper")
        let said = EventLog<String>()
        var settings = Settings(environment: ["LEASE_URL": "postgres://db/x", "LEASE_NAME": "bot"])
        let lease = LeaseSettings(bot: "/bin/sh", isDemo: false, settings: &settings)
        let driver = try LeaseDriver(
            try #require(lease), environment: [:], grace: .seconds(8), stateDirectory: folder.path, keeperPath: path
        ) { level, words in said.append("\(level.rawValue) \(words)") }
        _ = driver.handle(.tick)
        let keeper = try #require(driver.keeperID)
        Children.wait(for: keeper)
        _ = driver.turn()
        let expected = ["warn lease-keeper: warning: one", "error lease-keeper: error: two"]
        #expect(Array(said.elements.prefix(4)) == expected + ["info lease-keeper: three", "info lease-keeper: four"])
    }

    /// That one ends its bot before it releases the lease.
    @Test func `the lease-keeper of an earlier launcher is waited for, and said once`() throws {
        let folder = try TemporaryDirectory(prefix: "ka")
        let lock = try LockFile(path: folder.file("keeper.lock").path)
        let said = EventLog<String>()
        var settings = Settings(environment: ["LEASE_URL": "postgres://db/x", "LEASE_NAME": "bot"])
        let lease = LeaseSettings(bot: "/bin/sh", isDemo: false, settings: &settings)
        let driver = try LeaseDriver(
            try #require(lease), environment: [:], grace: .seconds(8), stateDirectory: folder.path,
            keeperPath: folder.file("none").path
        ) { level, words in said.append("\(level.rawValue) \(words)") }
        for _ in 1...2 {
            let actions = driver.turn()
            #expect(actions == [])
        }
        #expect(said.elements == ["info waiting for the lease-keeper of an earlier launcher to end its bot"])
        _ = consume lock
        // Its own one follows; there is none here.
        _ = driver.turn()
        #expect(said.elements.last?.hasPrefix("error lease-keeper cannot be started (") == true)
    }
}
