import Foundation
import KeepAliveTestSupport
import Testing

/// The files that an operator copies from deploy/, and the script that the package runs at an upgrade.
@Suite(.timeLimit(.minutes(1)))
struct DeployFilesTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory(prefix: "deploy") }

    private static func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).appendingPathComponent("../../../\(name)").standardized.path
    }

    /// The indented object in a file: a configuration inside YAML, or the whole file.
    private func configuration(in name: String) throws -> String {
        let lines = try String(contentsOfFile: Self.path(name), encoding: .utf8).split(separator: "\n")
        let start = try #require(lines.firstIndex { $0.allSatisfy { " {".contains($0) } && $0.last == "{" })
        let indent = lines[start].prefix { $0 == " " }
        let end = try #require(lines[start...].firstIndex { $0 == indent + "}" })
        return lines[start...end].joined(separator: "\n")
    }

    @Test(arguments: ["health-monitor.json5", "compose.yaml", "kubernetes.yaml"])
    func theConfigurationIsRight(name: String) async throws {
        let text = try configuration(in: "deploy/\(name)")
        #expect(text.contains("targets: ["))
        let (status, output) = try await MonitorProcess(text, ["--check-config"]).end()
        #expect(status == .exited(0), "\(output)")
    }

    @Test func theDemoOfAContainerCanBeReached() throws {
        let text = try String(contentsOfFile: Self.path("deploy/compose.yaml"), encoding: .utf8)
        #expect(text.contains("\n    environment: { HOST: \"*\" }\n"))
    }

    @Test func theUnitsVariablesAreTheEnvironmentFiles() throws {
        let text = try String(contentsOfFile: Self.path("deploy/health-monitor.env"), encoding: .utf8)
        let monitor = try String(contentsOfFile: Self.path("deploy/health-monitor.json5"), encoding: .utf8)
        let names = text.matches(of: /(?m)^#([A-Z_]+)=$/).map { String($0.1) }
        #expect(names.count >= 3)
        for name in names { #expect(monitor.contains("\"$\(name)\"")) }
    }

    /// check-unit, where `systemctl show` prints `properties`, `systemctl cat` prints `text` and systemd-run its arguments.
    private func checkUnit(
        _ properties: [String], text: String = ""
    ) async throws -> (ChildProcess.ExitStatus, String) {
        let shown = properties.map { "'\($0)'" }.joined(separator: " ")
        try folder.write(text, to: "text")
        try await folder.writeScript(
            """
            #!/bin/sh
            if [ "$1" = cat ]; then exec cat \(folder.path)/text; fi
            printf '%s\\n' \(shown) | grep "^$3=" || true

            """, to: "systemctl")
        try await folder.writeScript("#!/bin/sh\nprintf '<%s>\\n' \"$@\"; exit 78\n", to: "systemd-run")
        return try await ChildProcess.run(
            "/bin/sh", [Self.path("scripts/package.d/check-unit"), "some.service"],
            environment: ["PATH": "\(folder.path):/usr/bin:/bin"])
    }

    private func start(_ words: String) -> String {
        "ExecStart={ path=/usr/bin/x ; argv[]=\(words) ; ignore_errors=no ; start_time=[n/a] ; pid=0 ; status=0/0 }"
    }

    @Test func aUnitIsCheckedAsItWouldRun() async throws {
        let (status, output) = try await checkUnit([
            start("/usr/bin/launcher -- --demo"), "User=casino-bot", "Group=", "Environment=A=1 \"B=2 3\"",
            "EnvironmentFiles=/etc/casino-bot/env (ignore_errors=yes)", "EnvironmentFiles=/etc/more (ignore_errors=no)",
            "StateDirectory=casino-bot", "RuntimeDirectory=casino-bot",
        ])
        #expect(status == .exited(78))
        #expect(
            output.split(separator: "\n").filter { $0 != "<--property>" } == [
                "<--quiet>", "<--collect>", "<--wait>", "<--pipe>", "<User=casino-bot>", "<Environment=A=1 \"B=2 3\">",
                "<EnvironmentFile=-/etc/casino-bot/env>", "<EnvironmentFile=/etc/more>", "<StateDirectory=casino-bot>",
                "</usr/bin/launcher>", "<--check>", "<-->", "<--demo>",
            ])
    }

    /// `systemctl show` of systemd 252 prints no credentials, and no version prints the quotes of a command.
    @Test func credentialsAndQuotesAreThoseOfTheFile() async throws {
        let (_, output) = try await checkUnit(
            [start("/my programs/launcher --bot /a b -- $$HOME c"), "LoadCredential=[unprintable]"],
            text: #"""
                [Service]
                #LoadCredential=no:/no
                LoadCredential=BOT_TOKEN:/etc/bot token
                ExecStart=-"/my programs/launcher" --bot "/a b" \
                    -- "$$HOME" 'c' 50%% "d\"e"
                # /etc/systemd/system/some.service.d/override.conf
                SetCredential = OTHER:1

                """#)
        #expect(
            output.split(separator: "\n").filter { $0 != "<--property>" }.dropFirst(4) == [
                "<LoadCredential=BOT_TOKEN:/etc/bot token>", "<SetCredential=OTHER:1>", "</my programs/launcher>",
                "<--check>", "<--bot>", "</a b>", "<-->", "<$$HOME>", "<c>", "<50%>", "<d\"e>",
            ])
    }

    @Test(arguments: [
        ("/usr/bin/health-monitor --config /etc/m.json5", "</usr/bin/health-monitor>\n<--check-config>\n<--config>"),
        ("/usr/bin/env /opt/casino-bot/bin/launcher", "</opt/casino-bot/bin/launcher>\n<--check>\n"),
        ("/usr/bin/python3 bot.py", "some.service runs neither launcher nor health-monitor"),
        ("", "some.service runs neither launcher nor health-monitor"),
    ])
    func theFlagIsThatOfTheProgram(command: String, expected: String) async throws {
        let (status, output) = try await checkUnit([start(command)])
        #expect(status != .exited(0))
        #expect(output.contains(expected), "\(output)")
    }
}
