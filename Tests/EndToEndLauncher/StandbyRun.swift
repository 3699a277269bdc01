import Foundation
import KeepAliveTestSupport

/// Launchers that share one lease of 5 s, each in its own folder as on a machine of its own.
struct StandbyRun: Sendable {
    let server: PostgreSQLServer
    let url: String
    /// Unique, as in a database of several bots.
    let name = "bot-\(UUID().uuidString.prefix(8))"

    /// - Parameter server: nil takes the shared one.
    init(server: PostgreSQLServer? = nil) async throws {
        if let server { self.server = server } else { self.server = try await PostgreSQLServer.shared() }
        url = try await self.server.makeDatabase()
    }

    /// A launcher whose bot says the epoch of its lease.
    func launcher(
        script: String = "echo \"leads in $KEEPALIVE_LEASE_EPOCH of $KEEPALIVE_LEASE_NAME\"; exec sleep 1000",
        _ variables: [String: String] = [:]
    ) throws -> LauncherRun {
        let own = ["LEASE_URL": url, "LEASE_TTL_SEC": "5", "SHUTDOWN_TIMEOUT_SEC": "1", "LEASE_NAME": name]
        return try LauncherRun(script: script, own.merging(variables) { $1 })
    }

    /// A launcher that leads, and one that waits.
    func pair() async throws -> (leader: LauncherRun, standby: LauncherRun) {
        let leader = try launcher()
        try await leader.process.waitForLine(containing: "leads in ")
        let standby = try launcher()
        try await Self.until(standby, is: "standby", reason: " leads since ")
        return (leader, standby)
    }

    /// Waits for a state in `launcher.status`.
    static func until(_ run: LauncherRun, is state: String, reason: String = "") async throws {
        try await Polling.until(
            { try String(contentsOfFile: "\(run.state)/launcher.status", encoding: .utf8) },
            isMet: { $0.contains("\nstate=\(state)\n") && $0.contains(reason) })
    }

    /// The epoch in a line of the bot.
    static func epoch(_ run: LauncherRun, _ occurrence: Int = 1) async throws -> Int {
        let line = try await run.process.waitForLine(containing: "leads in ", occurrence: occurrence)
        let words = line.split(separator: " ")
        return words.count > 2 ? Int(words[words.count - 3]) ?? 0 : 0
    }

    /// The children of a process, such as the launcher's bot and lease-keeper.
    static func children(of processID: Int32) -> [Int32] {
        let path = "/proc/\(processID)/task/\(processID)/children"
        return ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: " ")
            .compactMap { Int32($0) }
    }

    static func command(
        _ arguments: [String], in run: LauncherRun
    ) async throws -> (ChildProcess.ExitStatus, String) {
        try await command("launcher", arguments, in: run)
    }

    static func command(
        _ program: String, _ arguments: [String], in run: LauncherRun
    ) async throws -> (ChildProcess.ExitStatus, String) {
        try await ChildProcess.run(
            ChildProcess.product(program), arguments, environment: LauncherRun.variables, in: run.folder.path)
    }
}
