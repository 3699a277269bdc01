import KeepAliveKit

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
        // Foundation forgives much: keys that stand twice, text that is not UTF-8, numbers that are none.
        guard StrictJSON.isObject(json), let report = try? JSONDecoder().decode(BotReport.self, from: Data(json)),
            report.isPlausible
        else { return nil }
        self = report
    }

    /// What the kit cannot say is not the kit's.
    private var isPlausible: Bool {
        [uptimeSeconds, lastUpdateAgo, errorRate].allSatisfy { $0.isFinite && $0 >= 0 }
            && totalUpdates >= 0 && totalErrors >= 0 && Self.isTime(timestamp)
    }

    /// `2026-01-19T16:07:27.123456Z`: UTC, with or without a fraction.
    private static func isTime(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z") else { return false }
        let form = Array("0000-00-00T00:00:00".utf8)
        let isDate = zip(bytes, form).allSatisfy { byte, model in
            model == UInt8(ascii: "0") ? (0x30...0x39).contains(byte) : byte == model
        }
        func number(_ start: Int) -> Int { Int(bytes[start] - 0x30) * 10 + Int(bytes[start + 1] - 0x30) }
        guard isDate, (1...12).contains(number(5)), (1...31).contains(number(8)), number(11) < 24, number(14) < 60,
            number(17) <= 60
        else { return false }
        let fraction = bytes[19...].dropLast()
        return fraction.isEmpty
            || fraction.first == UInt8(ascii: ".") && (2...10).contains(fraction.count)
                && fraction.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }
}

/// What a bot says of itself at `/`.
struct BotIdentity: Decodable, Equatable {
    let status: String
    let bot: String

    init?(json: [UInt8]) {
        guard StrictJSON.isObject(json), let identity = try? JSONDecoder().decode(BotIdentity.self, from: Data(json)),
            identity.status == "online"
        else { return nil }
        self = identity
    }
}
