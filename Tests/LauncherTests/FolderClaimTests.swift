import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

struct FolderClaimTests {
    private let parent: TemporaryDirectory
    private var path: String { parent.file("state").path }
    private var lockPath: String { "\(path)/launcher.lock" }
    private var statusFile: StatusFile { StatusFile(path: "\(path)/launcher.status") }

    init() throws {
        parent = try TemporaryDirectory()
        #expect(FileSystem.prepareFolder(path))
    }

    private func delete() throws { try FileManager.default.removeItem(atPath: path) }

    @Test func aDeletedFolderIsMadeAgainAndLocked() throws {
        let lock = try LockFile(path: lockPath)
        let claim = FolderClaim(path, statusFile: statusFile)
        #expect(claim.look() == .kept)
        for _ in 0..<2 {
            try delete()
            #expect(claim.look() == .renewed)
            #expect(try LockFile.isHeld(path: lockPath))
            #expect(claim.look() == .kept)
        }
        _ = consume lock
    }

    @Test func aLauncherThatWasFasterKeepsTheFolder() throws {
        let lock = try LockFile(path: lockPath)
        let claim = FolderClaim(path, statusFile: statusFile)
        try delete()
        #expect(FileSystem.prepareFolder(path))
        let other = try LockFile(path: lockPath)
        // It writes its status a moment later.
        #expect(claim.look() == .disputed)
        try statusFile.write(.init(launcher: getpid() + 1))
        #expect(claim.look() == .lost)
        // Some file systems number a file anew.
        try statusFile.write(.init(launcher: getpid()))
        #expect(claim.look() == .kept)
        try FileSystem.remove(statusFile.path)
        #expect(claim.look() == .kept)
        _ = consume other
        _ = consume lock
    }

    @Test func aFolderThatCannotBeMadeIsTriedAgain() throws {
        let lock = try LockFile(path: lockPath)
        let claim = FolderClaim(path, statusFile: statusFile)
        try delete()
        let obstacle = try parent.write("", to: "state").path
        #expect(claim.look() == .kept)
        try FileSystem.remove(obstacle)
        #expect(claim.look() == .renewed)
        _ = consume lock
    }

    @Test func withoutALockNothingIsClaimed() throws {
        let claim = FolderClaim(path, statusFile: statusFile)
        try delete()
        #expect(claim.look() == .kept)
        #expect(!FileSystem.exists(path))
    }
}
