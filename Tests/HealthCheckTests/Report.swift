import KeepAliveKit
import KeepAliveTestSupport
import KeepAliveToolSupport

@testable import KeepAliveHealthCheck

/// Answers in the form of the kit's `/health`.
enum Report {
    static func members(_ status: String = "healthy") -> [String: JSON] {
        [
            "status": .string(status), "uptime_seconds": 3600.5, "last_update_ago": 1.2, "total_updates": 1500,
            "total_errors": 3, "error_rate": 0.002, "timestamp": "2026-01-19T16:07:27.123456Z", "bot_version": "2.0.1",
        ]
    }

    static func bytes(_ members: [String: JSON]) -> [UInt8] { JSON.object(members).encoded }

    static func text(_ status: String = "healthy") -> String {
        String(decoding: bytes(members(status)), as: UTF8.self)
    }

    /// A finding as a check makes it.
    static func finding(_ changes: [String: JSON] = [:]) -> Finding? {
        let json = bytes(members().merging(changes) { $1 })
        let url = HTTPURL(host: "localhost", port: 8001, target: "/health")
        return BotReport(json: json).map { .report($0, json: json, at: url) }
    }
}
