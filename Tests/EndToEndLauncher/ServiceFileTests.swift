import Foundation
import KeepAliveTestSupport
import Testing

/// The units, checked by systemd's own tools.
@Suite(
    .timeLimit(.minutes(1)),
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze"), "no systemd-analyze"))
struct ServiceFileTests {
    private func analyze(_ arguments: [String], _ unit: String) async throws -> (ChildProcess.ExitStatus, String) {
        try await ChildProcess.run("/usr/bin/systemd-analyze", arguments + [Repository.file(unit)])
    }

    @Test(arguments: serviceFiles) func verifyPrintsNothing(unit: String) async throws {
        let (status, output) = try await analyze(["verify"], unit)
        #expect(status == .exited(0))
        #expect(output == "")
    }

    @Test(arguments: serviceFiles) func exposureIsLow(unit: String) async throws {
        let (_, output) = try await analyze(["security", "--offline=true", "--no-pager"], unit)
        let match = try #require(output.firstMatch(of: /Overall exposure level for [a-z-]+.service: ([0-9.]+)/))
        #expect(try #require(Double(match.1)) <= 2.0)
    }
}

private let serviceFiles = ["casino-bot.service", "deploy/health-monitor.service"]

struct ServiceFileContentTests {
    private func lines(_ unit: String) throws -> [Substring] {
        try String(contentsOfFile: Repository.file(unit), encoding: .utf8).split(separator: "\n")
    }

    @Test(arguments: [
        "Type=notify", "WatchdogSec=300", "Restart=on-failure", "RestartPreventExitStatus=70 78",
        "SuccessExitStatus=143", "StartLimitBurst=5",
        "StartLimitIntervalSec=300", "User=casino-bot", "StateDirectory=casino-bot",
        "#LoadCredential=BOT_TOKEN:/etc/casino-bot/bot-token",
    ])
    func botSays(line: String) throws {
        #expect(try lines("casino-bot.service").filter { $0 == line }.count == 1)
    }

    @Test(arguments: ["MemoryMax=", "CPUQuota=", "ExecStart="])
    func botLimits(prefix: String) throws {
        #expect(try lines("casino-bot.service").contains { $0.hasPrefix(prefix) && $0.count > prefix.count })
    }

    @Test(arguments: [
        "Type=notify", "#Type=notify-reload", "ExecReload=/bin/kill -HUP $MAINPID", "RestartPreventExitStatus=78",
        "User=health-monitor", "StateDirectory=health-monitor", "EnvironmentFile=-/etc/health-monitor/env",
    ])
    func monitorSays(line: String) throws {
        #expect(try lines("deploy/health-monitor.service").filter { $0 == line }.count == 1)
    }
}
