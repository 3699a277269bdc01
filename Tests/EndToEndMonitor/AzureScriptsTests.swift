import Foundation
import KeepAliveTestSupport
import Testing

/// deploy/vm-health and deploy/azure-install, with a stand-in for the Azure CLI whose VM is a folder.
@Suite(.timeLimit(.minutes(2)), .enabled(if: FileManager.default.isExecutableFile(atPath: "/bin/bash"), "no bash"))
struct AzureScriptsTests {
    private let folder: TemporaryDirectory

    init() async throws {
        folder = try TemporaryDirectory(prefix: "azure")
        let root = folder.path
        for name in ["etc/health-monitor", "var/lib/vm-health", "usr/libexec/keepalivekit", "here", "vm"] {
            try FileManager.default.createDirectory(at: folder.file(name), withIntermediateDirectories: true)
        }
        // Like Azure: the script runs as root on the VM, and the last 4096 bytes of its output come back.
        try await command(
            "here/az",
            """
            echo "$@" >>\(root)/az.log
            case $* in *"--name asleep"*) echo "(OperationNotAllowed) the VM is not running" >&2; exit 1 ;; esac
            for word in "$@"; do case $word in @*) script=${word#@} ;; esac; done
            sed 's|/etc/health-monitor|\(root)&|g; s|/var/lib/vm-health|\(root)&|g; s|/usr/libexec|\(root)&|g' \
                "$script" >\(root)/script
            PATH=\(root)/vm:$PATH sh \(root)/script >\(root)/out 2>\(root)/err
            printf 'Enable succeeded: \\n[stdout]\\n%s\\n\\n[stderr]\\n%s\\n' \
                "$(tail -c 4096 \(root)/out)" "$(tail -c 4096 \(root)/err)"
            """)
        try await command(
            "vm/systemd-run",
            """
            while [ "${1#--}" != "$1" ]; do
                case $1 in --property) case $2 in
                    WorkingDirectory=*) cd "${2#*=}" ;; *Credential*) echo "$2" >>\(root)/vm.log ;; esac; shift 2 ;; *) shift ;; esac
            done
            exec "$@"
            """)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("vm/health-monitor").path, withDestinationPath: ChildProcess.product("health-monitor"))
        for name in ["apt-get", "systemctl", "dpkg-query"] {
            try await command("vm/\(name)", "echo \"\(name) $*\" >>\(root)/vm.log")
        }
        // `curl … -o FILE URL`: the package's content is its own address.
        try await command("vm/curl", "while [ \"$1\" != -o ]; do shift; done; printf '%s\\n' \"$3\" >\"$2\"")
        try await command(
            "usr/libexec/keepalivekit/check-unit",
            "exec \(root)/vm/health-monitor --config \(root)/etc/health-monitor/health-monitor.json5 --check-config")
    }

    private func command(_ name: String, _ lines: String) async throws {
        try await folder.writeScript("#!/bin/bash\n\(lines)\n", to: name)
    }

    private func configure(_ targets: String) throws {
        try folder.write("{ retries: 0, targets: [\(targets)] }", to: "etc/health-monitor/health-monitor.json5")
    }

    /// Runs a script of deploy/ with the stand-in as `az`.
    private func run(_ script: String, _ arguments: String...) async throws -> (ChildProcess.ExitStatus, String) {
        let path = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../deploy/\(script)").standardized.path
        return try await ChildProcess.run(
            "/bin/bash", [path, "--group", "bots"] + arguments,
            environment: ["PATH": "\(folder.file("here").path):/usr/bin:/bin"], in: folder.path)
    }

    private func log(_ name: String) -> String { (try? String(contentsOf: folder.file(name), encoding: .utf8)) ?? "" }

    @Test func theHealthOfAVMIsPrintedAsJSON() async throws {
        // More than Azure returns, so the answer must be compressed.
        try configure(
            (0..<60).map {
                "{ name: \"job \($0)\", type: \"heartbeat\", path: \"\(folder.path)/here/az\", maxAge: 86400 }"
            }
            .joined(separator: ","))
        let (status, output) = try await run("vm-health", "--vm", "bot-1")
        #expect(status == .exited(0))
        #expect(output.utf8.count > 4096)
        #expect(try JSON(parsing: output)["services"]?.array?.count == 60)
        #expect(
            log("az.log").hasPrefix(
                "vm run-command invoke --resource-group bots --name bot-1 --command-id RunShellScript --scripts @"))
    }

    @Test func alertsAndRestartCommandsAreAskedFor() async throws {
        let restart = "restart: [\"touch\", \"\(folder.file("restarted").path)\"]"
        try configure("{ name: \"gone\", type: \"heartbeat\", path: \"/nonexistent\", critical: true, \(restart) }")
        #expect(try await run("vm-health", "--vm", "bot-1").0 == .exited(2))
        #expect(!log("script").contains("--alert") && !log("script").contains("--restart"))
        let (status, output) = try await run("vm-health", "--vm", "bot-1", "--alert", "--restart")
        #expect(status == .exited(2))
        #expect(try JSON(parsing: output)["services"]?[0]?["status"] == "unhealthy")
        #expect(log("script").contains("--once --json --alert --restart"))
        // The history that repeated runs share.
        #expect(FileManager.default.fileExists(atPath: folder.file("var/lib/vm-health/health.db").path))
    }

    @Test func aRunHasTheCredentialsOfTheUnit() async throws {
        try configure("{ name: \"job\", type: \"heartbeat\", path: \"\(folder.path)/here/az\", maxAge: 86400 }")
        let lines = ["LoadCredential=HOOK:/etc/a b", "SetCredential=CHAT:5"]
        try await command(
            "vm/systemctl", "printf '%s\\n' [Service] '#LoadCredential=X:/x' '\(lines[0])' '\(lines[1])' User=x")
        #expect(try await run("vm-health", "--vm", "bot-1").0 == .exited(0))
        #expect(log("vm.log") == lines.map { "\($0)\n" }.joined())
    }

    @Test func whatKeepsTheVMFromAnsweringIsNamed() async throws {
        try configure("{ type: \"nothing\" }")
        let (wrong, findings) = try await run("vm-health", "--vm", "bot-1")
        #expect(wrong == .exited(78))
        #expect(findings.contains("targets[0]"), "\(findings)")
        let (asleep, words) = try await run("vm-health", "--vm", "asleep")
        #expect(asleep == .exited(3))
        #expect(words.contains("the VM is not running") && words.contains("az did not reach asleep in bots"))
    }

    @Test(arguments: ["vm-health", "azure-install"])
    func wrongUsageIsRefused(script: String) async throws {
        for arguments in [["--vm"], ["--what"], []] {
            let path = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../deploy/\(script)").standardized
                .path
            let (status, output) = try await ChildProcess.run("/bin/bash", [path] + arguments)
            #expect(status == .exited(64))
            #expect(output.hasSuffix("Try \(script) --help.\n"), "\(output)")
        }
        #expect(try await run(script, "--help").1.contains("usage: \(script) --group GROUP --vm VM"))
    }

    @Test func thePackageIsInstalledAndTheMonitorStarted() async throws {
        try configure("{ name: \"disk\", type: \"disk\", path: \"/\" }")
        let mine = try folder.write(
            "// it's mine\n{ targets: [{ name: \"memory\", type: \"memory\" }] }", to: "mine.json5")
        let url = "https://example.com/keepalivekit.deb?sig='a b'"
        let sum = "8a37a5fd9d0b1cc0ab15a9a55bd8eb5ee0a2b2a4b5ae4e3c0ca9d9a5c7f4b0aa"
        let (refused, words) = try await run("azure-install", "--vm", "bot-1", "--package", url, "--sha256", sum)
        #expect(refused == .exited(1), "\(words)")
        #expect(!log("vm.log").contains("install"))

        let (status, output) = try await run(
            "azure-install", "--vm", "bot-1", "--package", url, "--config", mine.path)
        #expect(status == .exited(0), "\(output)")
        #expect(log("vm.log").contains("apt-get install -y -qq -o Dpkg::Options::=--force-confold /"))
        #expect(log("vm.log").hasSuffix("systemctl enable --quiet health-monitor\nsystemctl restart health-monitor\n"))
        #expect(log("etc/health-monitor/health-monitor.json5").hasPrefix("// it's mine\n"))
    }

    @Test(arguments: ["{ targets: [{ type: \"nothing\" }] }", ""])
    func aWrongConfigurationIsTakenBack(text: String) async throws {
        try configure("{ name: \"disk\", type: \"disk\", path: \"/\" }")
        let wrong = try folder.write(text, to: "wrong.json5")
        let (status, output) = try await run(
            "azure-install", "--vm", "bot-1", "--package", "https://example.com/a.deb", "--config", wrong.path)
        #expect(status == .exited(78))
        #expect(output.contains("the configuration \(wrong.path) is wrong; bot-1 keeps its earlier one"), "\(output)")
        #expect(log("etc/health-monitor/health-monitor.json5").contains("\"disk\""))
        #expect(!log("vm.log").contains("systemctl"))
    }
}
