package import KeepAlivePlatform

/// A bot's report at `/health`, as written by `HealthReport.appendJSON` and received by another program. Pure.
///
/// Numbers come from a peer: none is negative, and any may be absurdly large.
package struct BotReport: Equatable, Sendable {
    package private(set) var status = HealthStatus.unhealthy
    package private(set) var uptimeSeconds = 0.0
    package private(set) var lastUpdateAgo = 0.0
    package private(set) var totalUpdates: UInt64 = 0
    package private(set) var totalErrors: UInt64 = 0
    package private(set) var errorRate = 0.0
    package private(set) var timestamp = ""
    package private(set) var botVersion = ""

    // Keys that older versions lack. Except for the reasons, a key whose type a later version changes is dropped.
    package private(set) var reasons: [String] = []
    /// When the status last changed, by the bot's own clock.
    package private(set) var statusSince: String?
    package private(set) var lastHeartbeatAgo: Double?
    package private(set) var restarts: UInt64?
    package private(set) var responseTimes: ResponseTimes?
    package private(set) var checks: [Check] = []
    /// The state of Swift's cooperative pool: `responsive`, `late` or `stopped`.
    package private(set) var executor: String?
    package private(set) var gateway: Gateway?
    /// The named connections, such as shards, in the bot's own order.
    package private(set) var gateways: [NamedGateway] = []
    package private(set) var memory: ProcessMemory?
    /// The lease on the bot's work, as its launcher holds it.
    package private(set) var lease: LeaseReport?

    /// The latest result of one check.
    package struct Check: Equatable, Sendable {
        package let name: String
        package let status: CheckResult.Status
        package let isCritical: Bool
        /// Seconds.
        package let age: Double?
        package let error: String?
    }

    /// The bot's connection.
    package struct Gateway: Equatable, Sendable {
        package let connected: Bool
        /// Seconds.
        package let lastEventAge: Double?
    }

    /// One of the bot's named connections.
    package struct NamedGateway: Equatable, Sendable {
        package let name: String
        package let gateway: Gateway
        package let isStalled: Bool
    }

    /// Whether the bot reports connections, and all of them are lost.
    package var isCutOff: Bool {
        let all = [gateway].compactMap(\.self) + gateways.map(\.gateway)
        return !all.isEmpty && !all.contains(where: \.connected)
    }

    /// Seconds since the status changed, by the bot's own clock alone; nil when it is missing, or the clock was set.
    package var statusAge: Double? {
        guard let now = Self.time(timestamp), let since = statusSince.flatMap(Self.time), since <= now else {
            return nil
        }
        return Double(now - since) / 1e6
    }

    /// Every version has these keys with these types.
    private static let certain: Set = [
        "status", "uptime_seconds", "last_update_ago", "total_updates", "total_errors", "error_rate", "timestamp",
        "bot_version",
    ]

    /// Parses an answer; nil when it is not from the kit: a certain key is missing, or has an impossible value.
    package init?(json: [UInt8]) {
        var report = BotReport()
        var missing = Self.certain
        let isObject = JSONReader.readObject(json) { key, value in
            if report.take(key, &value) {
                missing.remove(key)
            } else if key == "reasons" {
                missing.insert(key)
            }
        }
        guard isObject, missing.isEmpty else { return nil }
        self = report
    }

    private init() {}

    /// - Returns: whether the key is known and its value is valid for the kit.
    private mutating func take(_ key: String, _ value: inout JSONReader) -> Bool {
        func set<Value>(_ place: inout Value, _ value: Value?) -> Bool {
            if let value { place = value }
            return value != nil
        }
        return switch key {
        case "status": set(&status, value.string().flatMap(HealthStatus.init))
        case "uptime_seconds": set(&uptimeSeconds, value.amount())
        case "last_update_ago": set(&lastUpdateAgo, value.amount())
        case "total_updates": set(&totalUpdates, value.unsigned())
        case "total_errors": set(&totalErrors, value.unsigned())
        case "error_rate": set(&errorRate, value.amount())
        case "timestamp": set(&timestamp, value.time())
        case "bot_version": set(&botVersion, value.string())
        case "reasons": set(&reasons, value.strings())
        case "status_since": set(&statusSince, value.time())
        case "last_heartbeat_ago": set(&lastHeartbeatAgo, value.amount())
        case "restarts": set(&restarts, value.unsigned())
        case "response_time_ms": set(&responseTimes, ResponseTimes(&value))
        case "checks": value.object { name, value in checks += Check(name, &value).map { [$0] } ?? [] }
        case "executor": set(&executor, value.string())
        case "gateway": set(&gateway, Gateway(&value))
        case "gateways":
            value.object { name, value in
                var isStalled: Bool?
                let gateway = Gateway(&value, isStalled: &isStalled)
                if let gateway { gateways.append(.init(name: name, gateway: gateway, isStalled: isStalled ?? false)) }
            }
        case "memory": set(&memory, ProcessMemory(&value))
        case "lease": set(&lease, LeaseReport(&value))
        default: false
        }
    }

    /// `2026-01-19T16:07:27.123456Z`: UTC, with or without a fraction; in microseconds since 1970.
    fileprivate static func time(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z") else { return nil }
        let form = Array("0000-00-00T00:00:00".utf8)
        let isDate = zip(bytes, form).allSatisfy { byte, model in
            model == UInt8(ascii: "0") ? (0x30...0x39).contains(byte) : byte == model
        }
        guard isDate else { return nil }
        func number(_ start: Int) -> Int64 { Int64(bytes[start] - 0x30) * 10 + Int64(bytes[start + 1] - 0x30) }
        let (month, day, hour, minute, second) = (number(5), number(8), number(11), number(14), number(17))
        let fraction = bytes[19...].dropLast()
        guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60,
            fraction.isEmpty
                || fraction.first == UInt8(ascii: ".") && (2...10).contains(fraction.count)
                    && fraction.dropFirst().allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        // Days since 1970-01-01 of a year that begins in March, so that the leap day is its last day.
        let year = number(0) * 100 + number(2) - (month > 2 ? 0 : 1)
        let ofYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let days = year * 365 + year / 4 - year / 100 + year / 400 + ofYear - 719_468
        let digits = fraction.dropFirst().prefix(6)
        let scale = repeatElement(Int64(10), count: 6 - digits.count).reduce(1, *)
        let micro = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) } * scale
        return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + micro
    }
}

extension BotReport.Check {
    fileprivate init?(_ name: String, _ value: inout JSONReader) {
        var (word, error): (String?, String?)
        var isCritical: Bool?
        var age: Double?
        value.object { key, value in
            switch key {
            case "status": word = value.string()
            case "critical": isCritical = value.bool()
            case "age_seconds": age = value.amount()
            case "error": error = value.string()
            default: break
            }
        }
        guard let word, let isCritical else { return nil }
        self.init(name: name, status: .init(rawValue: word) ?? .unknown, isCritical: isCritical, age: age, error: error)
    }
}

extension BotReport.Gateway {
    fileprivate init?(_ value: inout JSONReader) {
        var isStalled: Bool?
        self.init(&value, isStalled: &isStalled)
    }

    fileprivate init?(_ value: inout JSONReader, isStalled: inout Bool?) {
        var isConnected: Bool?
        var age: Double?
        value.object { key, value in
            switch key {
            case "connected": isConnected = value.bool()
            case "lastEventAge": age = value.amount()
            case "stalled": isStalled = value.bool()
            default: break
            }
        }
        guard let isConnected else { return nil }
        self.init(connected: isConnected, lastEventAge: age)
    }
}

extension ResponseTimes {
    /// Also nil before the first recorded time, when all four are null.
    fileprivate init?(_ value: inout JSONReader) {
        var figures: [String: Double] = [:]
        value.object { key, value in figures[key] = value.amount() }
        guard let p50 = figures["p50"], let p95 = figures["p95"], let p99 = figures["p99"], let max = figures["max"]
        else { return nil }
        self.init(p50: p50, p95: p95, p99: p99, max: max)
    }
}

extension ProcessMemory {
    fileprivate init?(_ value: inout JSONReader) {
        var figures: [String: UInt64] = [:]
        value.object { key, value in figures[key] = value.unsigned() }
        guard let resident = figures["resident_bytes"], let limit = figures["limit_bytes"] else { return nil }
        self.init(resident: resident, limit: limit)
    }
}

extension LeaseReport {
    fileprivate init?(_ value: inout JSONReader) {
        var (name, epoch): (String?, UInt64?)
        var heldFor: Double?
        value.object { key, value in
            switch key {
            case "name": name = value.string()
            case "epoch": epoch = value.unsigned()
            case "held_for": heldFor = value.amount()
            default: break
            }
        }
        guard let name, let epoch, let heldFor else { return nil }
        self.init(name: name, epoch: Int64(clamping: epoch), heldFor: heldFor)
    }
}

extension JSONReader {
    /// A number that is not negative.
    fileprivate mutating func amount() -> Double? { double().flatMap { $0 >= 0 ? $0 : nil } }

    /// A timestamp.
    fileprivate mutating func time() -> String? { string().flatMap { BotReport.time($0) == nil ? nil : $0 } }
}
