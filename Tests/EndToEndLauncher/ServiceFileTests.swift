import Foundation
import KeepAliveTestSupport
import Testing

/// casino-bot.service, as systemd's own tools see it.
@Suite(
    .timeLimit(.minutes(1)),
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze"), "no systemd-analyze"))
struct ServiceFileTests {
    private func analyze(_ arguments: [String]) async throws -> (ChildProcess.ExitStatus, String) {
        try await ChildProcess.run("/usr/bin/systemd-analyze", arguments + [Repository.file("casino-bot.service")])
    }

    @Test func verifyPrintsNothing() async throws {
        let (status, output) = try await analyze(["verify"])
        #expect(status == .exited(0))
        #expect(output == "")
    }

    @Test func exposureIsLow() async throws {
        let (_, output) = try await analyze(["security", "--offline=true", "--no-pager"])
        let match = try #require(output.firstMatch(of: /Overall exposure level for casino-bot.service: ([0-9.]+)/))
        #expect(try #require(Double(match.1)) <= 2.0)
    }
}

struct ServiceFileContentTests {
    @Test(arguments: [
        "Type=notify", "WatchdogSec=300", "Restart=on-failure", "RestartPreventExitStatus=70 78",
        "SuccessExitStatus=143", "StartLimitBurst=5",
        "StartLimitIntervalSec=300", "User=casino-bot", "StateDirectory=casino-bot",
    ])
    func says(line: String) throws {
        let text = try String(contentsOfFile: Repository.file("casino-bot.service"), encoding: .utf8)
        #expect(text.split(separator: "\n").filter { $0 == line }.count == 1)
    }

    @Test(arguments: ["MemoryMax=", "CPUQuota=", "ExecStart="])
    func limits(prefix: String) throws {
        let text = try String(contentsOfFile: Repository.file("casino-bot.service"), encoding: .utf8)
        #expect(text.split(separator: "\n").contains { $0.hasPrefix(prefix) && $0.count > prefix.count })
    }
}
