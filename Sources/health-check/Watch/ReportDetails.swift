#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The later keys of a report, each of which an older version may lack. One that has another type than the kit's is left
/// out: the eight that are certain have been read already, by `BotReport`.
struct ReportDetails: Decodable, Equatable {
    var lastHeartbeatAgo: Double?
    var restarts: UInt64?
    var responseTimes: Times?
    var checks: [Check] = []
    var executor: String?
    var gateway: Gateway?

    struct Times: Decodable, Equatable {
        var p50: Double?
        var p95: Double?
        var p99: Double?
        var max: Double?
    }

    struct Check: Equatable {
        var name: String
        var status: String
        var isCritical: Bool
        var age: Double?
        var error: String?

        var isFailing: Bool { status == "unhealthy" }
    }

    struct Gateway: Decodable, Equatable {
        var connected: Bool
        var lastEventAge: Double?
        var latency: Double?
    }

    private struct Entry: Decodable {
        let status: String
        let critical: Bool
        let age: Double?
        let error: String?

        enum CodingKeys: String, CodingKey {
            case status, critical, error
            case age = "age_seconds"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case restarts, checks, executor, gateway
        case lastHeartbeatAgo = "last_heartbeat_ago"
        case responseTimes = "response_time_ms"
    }

    init() {}

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        lastHeartbeatAgo = try? keys.decodeIfPresent(Double.self, forKey: .lastHeartbeatAgo)
        restarts = try? keys.decodeIfPresent(UInt64.self, forKey: .restarts)
        responseTimes = try? keys.decodeIfPresent(Times.self, forKey: .responseTimes)
        executor = try? keys.decodeIfPresent(String.self, forKey: .executor)
        gateway = try? keys.decodeIfPresent(Gateway.self, forKey: .gateway)
        let entries = (try? keys.decodeIfPresent([String: Entry].self, forKey: .checks)) ?? [:]
        // What fails stands first; JSON's order is lost in a dictionary.
        checks = entries.map {
            Check(
                name: $0.key, status: $0.value.status, isCritical: $0.value.critical, age: $0.value.age,
                error: $0.value.error)
        }.sorted { ($0.isFailing ? 0 : 1, $0.name) < ($1.isFailing ? 0 : 1, $1.name) }
    }

    /// Reads an answer; what cannot be read is missing.
    init(json: [UInt8]) {
        self = (try? JSONDecoder().decode(ReportDetails.self, from: Data(json))) ?? ReportDetails()
    }
}
