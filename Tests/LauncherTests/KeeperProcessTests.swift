import Foundation
import KeepAliveLease
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveLauncher

/// A script in the place of lease-keeper.
@Suite(.timeLimit(.minutes(1)))
struct KeeperProcessTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory(prefix: "ka") }

    private func keeper(_ script: String) async throws -> KeeperProcess {
        let path = try await folder.writeScript("#!/bin/sh\n\(script)\n", to: "lease-keeper")
        return try KeeperProcess(path: path, environment: ["LEASE_NAME": "wrong", "LANG": "C"]) { channel in
            KeeperSettings(
                url: "postgres://db/x", name: "bot", resource: "name:bot", timeToLiveMilliseconds: 30_000,
                graceMilliseconds: 8000, label: "a", host: "alpha", lockPath: "/x/keeper.lock", channel: channel)
        }
    }

    /// A line is passed on when it has ended, or when nothing follows it.
    @Test func linesComeWholeAndTheChannelEndsWithIt() async throws {
        let keeper = try await keeper("sleep 1000 & echo \"$!\"; printf 'two\\nhal'")
        Children.wait(for: keeper.processID)
        let lines = keeper.readLines()
        let sleeper = try #require(lines.first.flatMap { Int32($0) })
        #expect(lines.dropFirst() == ["two"])
        // Its child still has both ends.
        #expect(keeper.outputIsOpen)
        #expect(!keeper.receive().isClosed)
        kill(sleeper, SIGKILL)
        #expect(await Processes.end(of: sleeper))
        // A process that another test starts at this moment has a copy until its exec(2).
        var rest: [String] = []
        while keeper.outputIsOpen {
            rest += keeper.readLines()
            await Task.yield()
        }
        #expect(rest == ["hal"])
        while !keeper.receive().isClosed { await Task.yield() }
        #expect(keeper.readLines() == [])
    }

    @Test func itsSettingsWinOverTheBotsVariables() async throws {
        let keeper = try await keeper("echo \"$LEASE_NAME $LANG $KEEPALIVE_KEEPER_LABEL\"")
        Children.wait(for: keeper.processID)
        #expect(keeper.readLines() == ["bot C a"])
    }

    @Test func aProgramThatIsMissingIsAnError() {
        #expect(throws: Errno.self) {
            try KeeperProcess(path: "/nonexistent/lease-keeper", environment: [:]) { channel in
                KeeperSettings(
                    url: "postgres://db/x", name: "bot", resource: "name:bot", timeToLiveMilliseconds: 30_000,
                    graceMilliseconds: 8000, label: "a", host: "alpha", lockPath: "/x/keeper.lock", channel: channel)
            }
        }
    }
}
