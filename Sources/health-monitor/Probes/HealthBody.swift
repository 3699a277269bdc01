import KeepAliveKit

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a service says of itself in the body of an answer: in the kit's form, told by its eight keys, or as health+json
/// (draft-inadarei-api-health-check-06), told by its media type or another of its keys: `"status": "fail"` alone is also how
/// JSend says that a request was wrong. Pure.
struct HealthBody: Sendable, Equatable {
    var status: ProbeStatus
    /// Why it is not healthy, in its own sentences.
    var reasons: [String]
    var checks: [ProbeResult.SubCheck]
    /// Whether it is the kit's own form.
    var isKit: Bool

    /// What is kept of a body that has no end of parts.
    static let mostChecks = 50

    /// Reads a body; nil when it is of neither form.
    init?(_ body: [UInt8], contentType: String? = nil) {
        // Most bodies are something else, and an attempt to decode them costs more than this look.
        guard body.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else { return nil }
        let isHealthJSON = contentType?.lowercased().hasPrefix("application/health+json") ?? false
        let decoder = JSONDecoder()
        if !isHealthJSON, let report = try? decoder.decode(KitReport.self, from: Data(body)) {
            self.init(report)
        } else if let report = try? decoder.decode(HealthReport.self, from: Data(body)),
            isHealthJSON || report.isOfDraft, let status = Self.status(report.status, isHealthJSON: isHealthJSON)
        {
            self.init(report, status)
            if reasons.isEmpty, status != .healthy { reasons = ServiceWords.read(body).map { [$0] } ?? [] }
        } else {
            return nil
        }
    }

    /// One sentence for all that is wrong.
    var message: String? { reasons.isEmpty ? nil : reasons.joined(separator: " ").line(limit: 600) }

    // MARK: The kit's

    private struct KitReport: Decodable {
        let status: Status
        let uptimeSeconds: Double
        let lastUpdateAgo: Double
        let totalUpdates: Int64
        let totalErrors: Int64
        let errorRate: Double
        let timestamp: String
        let botVersion: String
        let reasons: Lenient<[String]>?
        let checks: Lenient<[String: Lenient<Check>]>?
        let memory: Lenient<Memory>?

        enum CodingKeys: String, CodingKey {
            case status, timestamp, reasons, checks, memory
            case uptimeSeconds = "uptime_seconds"
            case lastUpdateAgo = "last_update_ago"
            case totalUpdates = "total_updates"
            case totalErrors = "total_errors"
            case errorRate = "error_rate"
            case botVersion = "bot_version"
        }

        enum Status: String, Decodable {
            case healthy, degraded, unhealthy
        }

        struct Check: Decodable {
            let status: String
            let critical: Bool?
            let error: String?
        }

        struct Memory: Decodable {
            let resident: Double
            let limit: Double

            enum CodingKeys: String, CodingKey {
                case resident = "resident_bytes"
                case limit = "limit_bytes"
            }

            /// Nil where the numbers are none that a process can have.
            var percent: Double? { resident >= 0 && limit >= 1 ? (100 * resident / limit).clamped(to: 0...100) : nil }
        }
    }

    private init(_ report: KitReport) {
        isKit = true
        status =
            switch report.status {
            case .healthy: .healthy
            case .degraded: .degraded
            case .unhealthy: .unhealthy
            }
        reasons = (report.reasons?.value ?? []).prefix(10).map { $0.line() }
        let all = (report.checks?.value ?? [:]).sorted { $0.key < $1.key }.prefix(Self.mostChecks)
        checks = all.compactMap { name, check in
            guard let check = check.value else { return nil }
            let status: ProbeStatus =
                switch check.status {
                case "healthy": .healthy
                case "degraded": .degraded
                // One that nothing depends on is a part that fails, no more.
                case "unhealthy": check.critical == false ? .degraded : .unhealthy
                default: .unknown
                }
            return ProbeResult.SubCheck(name: name.line(limit: 100), status: status, message: check.error?.line())
        }
        // A number that is worth keeping; how much is too much is for its owner to say.
        if report.totalUpdates > 0, (0...1).contains(report.errorRate),
            !checks.contains(where: { $0.name == "error_rate" })
        {
            checks.append(ProbeResult.SubCheck(name: "error_rate", status: .healthy, value: report.errorRate))
        }
        if let percent = report.memory?.value?.percent, !checks.contains(where: { $0.name == "memory.used_percent" }) {
            checks.append(ProbeResult.SubCheck(name: "memory.used_percent", status: .healthy, value: percent))
        }
    }

    // MARK: health+json

    private struct HealthReport: Decodable {
        let status: String
        let output: Lenient<String>?
        let notes: Lenient<[String]>?
        let checks: Lenient<[String: Lenient<[Lenient<Check>]>]>?
        /// InfluxDB's way: a list, each with its name.
        let list: Lenient<[Lenient<NamedCheck>]>?
        let isOfDraft: Bool

        /// What the draft has beside `status`.
        private static let keys: Set<String> = [
            "checks", "version", "releaseId", "serviceId", "output", "notes", "links", "description",
        ]

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Key.self)
            status = try values.decode(String.self, forKey: Key(stringValue: "status"))
            output = try? values.decode(Lenient<String>.self, forKey: Key(stringValue: "output"))
            notes = try? values.decode(Lenient<[String]>.self, forKey: Key(stringValue: "notes"))
            checks = try? values.decode(Lenient.self, forKey: Key(stringValue: "checks"))
            list = try? values.decode(Lenient.self, forKey: Key(stringValue: "checks"))
            isOfDraft = values.allKeys.contains { Self.keys.contains($0.stringValue) }
        }

        struct NamedCheck: Decodable {
            let name: String
            let status: String
            let message: Lenient<String>?
        }

        struct Check: Decodable {
            let status: Lenient<String>?
            let output: Lenient<String>?
            let observedValue: Lenient<Double>?
        }
    }

    private init(_ report: HealthReport, _ status: ProbeStatus) {
        isKit = false
        self.status = status
        reasons = []
        checks = []
        if status != .healthy {
            reasons = [report.output?.value].compactMap { $0?.line() } + (report.notes?.value ?? []).map { $0.line() }
        }
        for (name, list) in (report.checks?.value ?? [:]).sorted(by: { $0.key < $1.key }) {
            for check in list.value ?? [] where checks.count < Self.mostChecks {
                guard let check = check.value else { continue }
                // A check without a status is one that only tells a number.
                let found = check.status?.value.map { Self.status($0, isHealthJSON: true) ?? .unknown } ?? .healthy
                let output = found == .healthy ? nil : check.output?.value?.line()
                checks.append(
                    ProbeResult.SubCheck(
                        name: name.line(limit: 100), status: found, message: output, value: check.observedValue?.value))
                if found != .healthy, found != .unknown {
                    reasons.append("\(name.line(limit: 100)): \(output ?? (found == .degraded ? "warn" : "fail")).")
                }
            }
        }
        for check in report.list?.value ?? [] where checks.count < Self.mostChecks {
            guard let check = check.value else { continue }
            checks.append(
                ProbeResult.SubCheck(
                    name: check.name.line(limit: 100),
                    status: Self.status(check.status, isHealthJSON: true) ?? .unknown,
                    message: check.message?.value?.line()))
        }
    }

    /// The other words that the draft allows are too common to be understood where the type does not say so.
    private static func status(_ word: String, isHealthJSON: Bool) -> ProbeStatus? {
        switch word.lowercased() {
        case "pass": .healthy
        case "warn": .degraded
        case "fail": .unhealthy
        case "ok" where isHealthJSON, "up" where isHealthJSON: .healthy
        case "error" where isHealthJSON, "down" where isHealthJSON: .unhealthy
        default: nil
        }
    }
}

/// A value that is taken for missing when it is of another kind: what a stranger adds must not hide what is understood.
private struct Lenient<Value: Decodable>: Decodable {
    let value: Value?

    init(from decoder: any Decoder) throws {
        value = try? Value(from: decoder)
    }
}
