import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

struct StandbyTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// What the folder shows while a launcher holds its lock.
    private func whileHeld() throws -> Standby? {
        let lock = try LockFile(path: folder.file("launcher.lock").path)
        let found = Standby(stateDirectory: folder.path)
        _ = consume lock
        return found
    }

    @Test func itNamesWhoLeads() throws {
        try folder.write("launcher=5\nstate=standby\nreason=machine-b leads since noon\n", to: "launcher.status")
        let found = try #require(try whileHeld())
        #expect(found.leader == "machine-b leads since noon")
        #expect(found.isLed)
    }

    @Test func whatALauncherLeftIsNone() throws {
        try folder.write("", to: "launcher.lock")
        try folder.write("state=standby\nreason=machine-b leads\n", to: "launcher.status")
        #expect(Standby(stateDirectory: folder.path) == nil)
    }

    #if os(Linux)
        @Test func oneThatIsStoppedIsLedByNobody() async throws {
            let launcher = try ChildProcess(executable: "/bin/sleep", arguments: ["1000"])
            let id = launcher.processID
            let status = "launcher=\(id)\nstate=standby\nreason=machine-b leads since noon\n"
            try folder.write(status, to: "launcher.status")
            #expect(try #require(try whileHeld()).isLed)
            launcher.signal(SIGSTOP)
            try await Polling.until({ Processes.state(of: id) }, isMet: { $0 == "T" })
            let found = try #require(try whileHeld())
            #expect(!found.isLed)
            #expect(found.leader.hasPrefix("the launcher (process \(id)) is stopped"))
        }
    #endif

    @Test func oneThatSeesNoLeaderMayBeAlone() throws {
        try folder.write("state=standby\nreason=the lease cannot be seen\n", to: "launcher.status")
        #expect(try #require(try whileHeld()).isLed == false)
    }

    @Test(arguments: ["", "state=running\nreason=x leads\n", "state=standby\n", "state=standby2\nreason=x leads\n"])
    func whatIsNone(status: String) throws {
        #expect(try whileHeld() == nil)
        try folder.write(status, to: "launcher.status")
        #expect(try whileHeld() == nil)
    }
}
