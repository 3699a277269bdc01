import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct RunningLauncherTests {
    private let folder: TemporaryDirectory
    private var statusFile: StatusFile { StatusFile(path: folder.file("launcher.status").path) }

    init() throws { folder = try TemporaryDirectory() }

    private func words(lockPath: String) -> String? {
        #expect(throws: RunningLauncher.Absence.self) {
            try RunningLauncher(statusFile: statusFile, lockPath: lockPath).status()
        }?.description
    }

    @Test func aStatusWithoutALockIsLeftOver() throws {
        try statusFile.write(.init(launcher: getpid(), bot: getpid(), state: "running"))
        let path = folder.file("launcher.lock").path
        let none = "no launcher is running with the state file \(statusFile.path): start one, or give its --state-dir"
        #expect(words(lockPath: path) == none)
        let lock = try LockFile(path: path)
        #expect(try RunningLauncher(statusFile: statusFile, lockPath: path).status().bot == getpid())
        _ = consume lock
    }

    /// Another user's launcher may run very well.
    @Test func aLockThatCannotBeLookedAtIsNamed() throws {
        let path = try folder.write("", to: "file").path + "/launcher.lock"
        #expect(words(lockPath: path) == "\(path): Not a directory")
    }

    /// A command waits for a launcher that runs, but not for one that it cannot look at.
    @Test func onlyALockThatIsHeldIsWaitedFor() throws {
        func isRunning(_ lockPath: String) -> Bool {
            RunningLauncher(statusFile: statusFile, lockPath: lockPath).isRunning
        }
        let path = folder.file("launcher.lock").path
        #expect(!isRunning(path))
        let lock = try LockFile(path: path)
        #expect(isRunning(path))
        _ = consume lock
        let file = try folder.write("", to: "file").path
        #expect(!isRunning("\(file)/launcher.lock"))
    }
}
