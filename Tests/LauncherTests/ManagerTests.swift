import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

@testable import KeepAliveLauncher

/// What a service manager above the launcher receives.
struct ManagerTests {
    private let folder: TemporaryDirectory
    private let above: NotifyListener

    init() throws {
        folder = try TemporaryDirectory(prefix: "ka")
        above = try NotifyListener(path: folder.file("manager").path)
    }

    private func manager(_ variables: [String: String] = [:]) throws -> Manager {
        try Manager(environment: variables.merging(["NOTIFY_SOCKET": above.address]) { $1 })
    }

    /// The datagrams since the last call.
    private func heard() -> [[String]] {
        above.drain().map { message in message.assignments.map { "\($0.name)=\($0.value)" } }
    }

    @Test func readinessBeginsTheWatchdogIfThereIsOne() throws {
        var plain = try manager()
        #expect(plain.isPresent && !plain.isReady && plain.trouble == nil)
        plain.sendReady(with: ["STATUS=up"])
        #expect(plain.isReady)
        #expect(heard() == [["READY=1", "STATUS=up"]])
        var watched = try manager(["WATCHDOG_USEC": "3000000"])
        watched.sendReady(with: [])
        #expect(heard() == [["READY=1", "WATCHDOG=1"]])
    }

    /// After its readiness no start is limited any more.
    @Test func onlyAStartThatWaitsAsksForTime() throws {
        var manager = try manager()
        manager.sendWaiting("later", for: .seconds(5))
        manager.sendWaiting("now", for: .zero)
        manager.sendReady(with: [])
        manager.sendWaiting("again", for: .seconds(5))
        let waits = [["STATUS=later", "EXTEND_TIMEOUT_USEC=35000000"], ["STATUS=now"]]
        #expect(heard() == waits + [["READY=1"], ["STATUS=again"]])
    }

    @Test func nothingIsNoDatagram() throws {
        let manager = try manager()
        manager.send([])
        manager.send("RELOADING=1", "MONOTONIC_USEC=7")
        #expect(heard() == [["RELOADING=1", "MONOTONIC_USEC=7"]])
    }

    @Test func aThirdOfTheTimeIsBetweenTwoSigns() throws {
        let start = MonotonicTime.now()
        var manager = try manager(["WATCHDOG_USEC": "3000000"])
        manager.feedWatchdog(at: start)
        #expect(heard() == [])
        manager.beginWatchdog(at: start)
        manager.feedWatchdog(at: start)
        #expect(heard() == [["WATCHDOG=1"]])
        #expect(manager.watchdogAt == start.advanced(by: .seconds(1)))
        manager.feedWatchdog(at: start.advanced(by: .milliseconds(999)))
        #expect(heard() == [])
        manager.feedWatchdog(at: start.advanced(by: .seconds(1)))
        #expect(heard() == [["WATCHDOG=1"]])
    }

    @Test func withoutAManagerNothingIsDue() throws {
        var manager = try Manager(environment: ["WATCHDOG_USEC": "3000000"])
        #expect(!manager.isPresent && manager.trouble == nil && manager.watchdogTimeout == nil)
        manager.beginWatchdog(at: .now())
        #expect(manager.watchdogAt == nil)
        manager.sendReady(with: [])
        #expect(manager.isReady)
        #expect(heard() == [])
    }

    @Test func anAddressThatIsNoneIsNamed() throws {
        let manager = try Manager(environment: ["NOTIFY_SOCKET": "relative"])
        #expect(!manager.isPresent)
        #expect(manager.trouble?.hasPrefix("NOTIFY_SOCKET=\"relative\" is no address of a socket: ") == true)
    }
}
