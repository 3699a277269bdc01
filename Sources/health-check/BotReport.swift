#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a bot says of itself at `/health`: the eight keys that every version of the kit gives. An answer that lacks one of
/// them, or has another type, is somebody else's.
struct BotReport: Decodable, Equatable {
    let status: Status
    let uptimeSeconds: Double
    let lastUpdateAgo: Double
    let totalUpdates: Int64
    let totalErrors: Int64
    let errorRate: Double
    let timestamp: String
    let botVersion: String
    /// Later keys, which older versions may lack.
    let reasons: [String]?

    enum Status: String, Decodable {
        case healthy, degraded, unhealthy
    }

    enum CodingKeys: String, CodingKey {
        case status, timestamp, reasons
        case uptimeSeconds = "uptime_seconds"
        case lastUpdateAgo = "last_update_ago"
        case totalUpdates = "total_updates"
        case totalErrors = "total_errors"
        case errorRate = "error_rate"
        case botVersion = "bot_version"
    }

    /// Reads an answer; nil when it is not the kit's.
    init?(json: [UInt8]) {
        guard let report = try? JSONDecoder().decode(BotReport.self, from: Data(json)) else { return nil }
        self = report
    }
}

/// What a bot says of itself at `/`.
struct BotIdentity: Decodable, Equatable {
    let status: String
    let bot: String

    init?(json: [UInt8]) {
        guard let identity = try? JSONDecoder().decode(BotIdentity.self, from: Data(json)), identity.status == "online"
        else { return nil }
        self = identity
    }
}
