import Foundation
import KeepAliveTestSupport

/// The built casino-bot, run against a `FakeTelegram` in its own folder.
///
/// Owner 1, admin 2; no delay between restarts, to keep tests short.
final class CasinoProcess: Sendable {
    let child: ChildProcess
    let folder: TemporaryDirectory

    var database: String { folder.file("casino.db").path }

    /// - Parameters:
    ///   - folder: the folder of an earlier bot, or nil for a new one.
    ///   - changes: additional variables; an empty value unsets.
    init(
        _ telegram: FakeTelegram?, in folder: TemporaryDirectory? = nil, _ changes: [String: String] = [:],
        arguments: [String] = []
    ) throws {
        let folder = try folder ?? TemporaryDirectory()
        self.folder = folder
        child = try ChildProcess(
            executable: ChildProcess.product("casino-bot"), arguments: arguments,
            environment: Self.environment(telegram, folder).merging(changes) { _, last in last },
            workingDirectory: folder.path)
    }

    static func environment(_ telegram: FakeTelegram?, _ folder: TemporaryDirectory) -> [String: String] {
        var variables = [
            "PATH": "/usr/bin:/bin", "HOST": "127.0.0.1", "PORT": "0", "DATABASE_PATH": folder.file("casino.db").path,
            "RESTART_DELAY_SEC": "0", "SHUTDOWN_TIMEOUT_SEC": "60",
        ]
        if let telegram {
            variables["TELEGRAM_API_URL"] = telegram.baseURL
            variables["BOT_TOKEN"] = telegram.token
            variables["OWNER_USER_ID"] = "1"
            variables["ADMIN_USER_IDS"] = "2"
        }
        return variables
    }

    var output: String { child.output }

    /// The health server's port, once it listens.
    func port() async throws -> UInt16 { try await child.healthPort() }

    /// Asks the health server once.
    func get(_ path: String, headers: KeyValuePairs<String, String> = [:]) async throws -> RawClient.Response {
        let port = try await port()
        return try await BlockingWork.run { try RawClient.get(port: port, path: path, headers: headers) }
    }

    /// The first answer of `/health` with this status.
    @discardableResult
    func health(_ status: String, where isMet: @escaping @Sendable (JSON) -> Bool = { _ in true }) async throws -> JSON
    {
        try await Polling.until(
            { [self] in try await get("/health").json() }, isMet: { $0["status"]?.string == status && isMet($0) })
    }

    /// Asks it to stop and returns how it ended.
    func stop(_ signal: Int32 = SIGTERM) async -> ChildProcess.ExitStatus { await child.stop(signal) }
}
