import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport

@testable import KeepAliveHealthMonitor

/// Real processes in one folder: a bot under its launcher, and a monitor for it and other services.
final class Fleet: Sendable {
    static let key = "scrape-key-1"

    let folder: TemporaryDirectory
    private let launcher: ChildProcess
    private let monitor: ChildProcess
    private let web: ScriptedServer
    let botPort: UInt16
    let monitorPort: UInt16

    static func start() async throws -> Fleet {
        let folder = try TemporaryDirectory(prefix: "kt")
        let launcher = try ChildProcess(
            executable: ChildProcess.product("launcher"),
            arguments: ["--state-dir", folder.file("state").path, "--", "--demo"],
            environment: [
                "PATH": "/usr/bin:/bin", "PORT": "0", "HOST": "127.0.0.1", "RESTART_DELAY_SEC": "0.1",
                "DATABASE_PATH": folder.file("casino.db").path, "SHUTDOWN_TIMEOUT_SEC": "20",
            ], workingDirectory: folder.path)
        // Kill the first bot, so that there is a restart to count.
        let line = try await launcher.waitForLine(containing: "launcher: started ")
        try await launcher.waitForLine(containing: "the bot is ready")
        if let bot = line.split(separator: " ").last.flatMap({ Int32($0) }), bot > 1 { kill(bot, SIGKILL) }
        let botPort = try await launcher.healthPort(occurrence: 2)
        try folder.write("", to: "heartbeat")
        let closed = try PortRow.one()
        let web = try webServer()
        try await writeHistory(of: "web", to: folder.file("health.db").path)
        try folder.write(
            """
            {
                api: {port: 0, key: "\(key)"}, checkInterval: 1, retries: 0,
                targets: [
                    {name: "bot", type: "bot", url: "http://127.0.0.1:\(botPort)", group: "bots", critical: true},
                    {name: "disk", type: "disk", path: "/"}, {name: "memory", type: "memory"},
                    {name: "heartbeat", type: "heartbeat", path: "\(folder.file("heartbeat").path)"},
                    {name: "web", type: "http", url: "http://127.0.0.1:\(web.port)"},
                    {name: "a \\"<b>\\" \\\\ down", type: "tcp", host: "127.0.0.1", port: \(closed)},
                ],
                channels: [{type: "webhook", name: "nowhere", url: "http://127.0.0.1:\(closed)/"}],
            }
            """, to: "monitor.json5")
        let monitor = try ChildProcess(
            executable: ChildProcess.product("health-monitor"),
            arguments: ["--config", folder.file("monitor.json5").path],
            environment: ["PATH": "/usr/bin:/bin"], workingDirectory: folder.path)
        let monitorPort: UInt16 = try await monitor.number(after: "listening on port ")
        return Fleet(
            folder: folder, launcher: launcher, monitor: monitor, web: web, botPort: botPort, monitorPort: monitorPort)
    }

    /// A service that reports on its own machine: a disk that fills, a certificate, restarts.
    private static func webServer() throws -> ScriptedServer {
        try ScriptedServer(answering: { _ in
            ScriptedServer.answer(
                """
                {"status":"pass","checks":{"disk.used_percent":[{"observedValue":88}],
                "certificate.days":[{"observedValue":30}],"restarts":[{"observedValue":1}]}}
                """, type: "application/health+json")
        })
    }

    /// An earlier run of the monitor saw its disk fill by 6 % an hour; it will be full in two hours.
    private static func writeHistory(of service: String, to path: String) async throws {
        let history = History(path: path, retentionDays: 90, log: .none)
        let now = WallTime.now().microseconds
        for minute in stride(from: 175, to: 0, by: -5) {
            let disk = ProbeResult.SubCheck(
                name: "disk.used_percent", status: .healthy, value: 88 - Double(minute) / 10)
            await history.record(
                CheckRecord(
                    service: service, result: ProbeResult(status: .healthy, message: "", checks: [disk]),
                    time: WallTime(microseconds: now - Int64(minute) * 60_000_000)),
                state: TargetState(), events: [], channels: [])
        }
        await history.close()
    }

    private init(
        folder: TemporaryDirectory, launcher: ChildProcess, monitor: ChildProcess, web: ScriptedServer, botPort: UInt16,
        monitorPort: UInt16
    ) {
        self.folder = folder
        self.launcher = launcher
        self.monitor = monitor
        self.web = web
        self.botPort = botPort
        self.monitorPort = monitorPort
    }

    var launcherFile: [UInt8] {
        (try? Data(contentsOf: folder.file("state/launcher.prom"))).map { [UInt8]($0) } ?? []
    }

    func metrics(ofMonitor: Bool, accept: String = "*/*") async throws -> RawClient.Response {
        let port = ofMonitor ? monitorPort : botPort
        return try await BlockingWork.run {
            try RawClient.get(
                port: port, path: "/metrics", headers: ["Accept": accept, "Authorization": "Bearer \(Self.key)"])
        }
    }

    /// Every served text, by its server's name.
    func everything() async throws -> [(name: String, body: [UInt8])] {
        [
            ("bot", try await metrics(ofMonitor: false).body), ("monitor", try await metrics(ofMonitor: true).body),
            ("launcher", launcherFile),
        ]
    }

    /// The output of a single run beside the daemon.
    func once() async throws -> String {
        try await ChildProcess.run(
            ChildProcess.product("health-monitor"), ["--config", folder.file("monitor.json5").path, "--once"],
            environment: ["PATH": "/usr/bin:/bin"], in: folder.path
        ).output
    }

    func stop() async {
        for process in [monitor, launcher] { await process.stop() }
    }
}
