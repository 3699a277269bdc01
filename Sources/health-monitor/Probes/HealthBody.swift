import KeepAliveKit
import KeepAlivePlatform

/// A service's health report in the body of an answer: the kit's form, or health+json
/// (draft-inadarei-api-health-check-06). Its media type or its other keys identify health+json, because JSend also uses
/// `"status": "fail"` for a bad request. Pure.
struct HealthBody: Sendable, Equatable {
    var status: ProbeStatus
    /// Why it is not healthy, in the service's own sentences.
    var reasons: [String] = []
    var checks: [ProbeResult.SubCheck] = []
    /// Whether it is in the kit's form.
    var isKit: Bool

    /// The most checks kept from a body.
    static let mostChecks = 50

    /// The draft's keys besides `status`.
    private static let draftKeys = [
        "checks", "version", "releaseId", "serviceId", "output", "notes", "links", "description",
    ]

    /// Reads a body; nil if it has neither form.
    init?(_ body: [UInt8], contentType: String? = nil) {
        // Most bodies are something else, and decoding costs more than this look.
        guard body.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else { return nil }
        let isHealthJSON = contentType?.lowercased().hasPrefix("application/health+json") ?? false
        if !isHealthJSON, let report = BotReport(json: body) {
            self.init(report)
        } else if let report = try? JSONValue(parsing: body), let word = report["status"]?.text,
            isHealthJSON || Self.draftKeys.contains(where: { report[$0] != nil }),
            let status = Self.status(word, isHealthJSON: isHealthJSON)
        {
            self.init(report, status)
            if reasons.isEmpty, status != .healthy { reasons = ServiceWords.read(report).map { [$0] } ?? [] }
        } else {
            return nil
        }
    }

    /// One sentence for all problems.
    var message: String? { reasons.isEmpty ? nil : reasons.joined(separator: " ").line(limit: 600) }

    // MARK: The kit's

    private init(_ report: BotReport) {
        isKit = true
        status = ProbeStatus(rawValue: report.status.rawValue) ?? .unknown
        reasons = report.reasons.prefix(10).map { $0.line() }
        checks = report.checks.sorted { $0.name < $1.name }.prefix(Self.mostChecks).map { check in
            let status: ProbeStatus =
                switch check.status {
                case .healthy: .healthy
                // A non-critical check only degrades the service.
                case .unhealthy: check.isCritical ? .unhealthy : .degraded
                case .unknown: .unknown
                }
            return ProbeResult.SubCheck(name: check.name.line(limit: 100), status: status, message: check.error?.line())
        }
        for gateway in report.gateways.sorted(by: { $0.isStalled && !$1.isStalled })
        where checks.count < Self.mostChecks {
            let name = "gateway \(gateway.name)".line(limit: 100)
            let message = gateway.isStalled ? "stalled" : gateway.gateway.connected ? nil : "disconnected"
            guard !checks.contains(where: { $0.name == name }) else { continue }
            checks.append(.init(name: name, status: gateway.isStalled ? .degraded : .healthy, message: message))
        }
        // Numbers worth keeping; the owner decides which values are too high.
        if report.totalUpdates > 0, report.errorRate <= 1 { add("error_rate", report.errorRate) }
        if let memory = report.memory, memory.limit > 0 {
            add(
                "memory.used_percent", (100 * Double(memory.resident) / Double(memory.limit)).clamped(to: 0...100))
        }
    }

    /// Adds a number, unless one of the bot's checks has its name.
    private mutating func add(_ name: String, _ value: Double) {
        guard !checks.contains(where: { $0.name == name }) else { return }
        checks.append(ProbeResult.SubCheck(name: name, status: .healthy, value: value))
    }

    // MARK: health+json

    /// A value of the wrong type counts as missing: unknown extensions must not hide the understood part.
    private init(_ report: JSONValue, _ status: ProbeStatus) {
        isKit = false
        self.status = status
        if status != .healthy {
            reasons = ([report["output"]] + (report["notes"]?.elements ?? [])).compactMap { $0?.text?.line() }
        }
        guard case .object(let parts)? = report["checks"] else {
            // InfluxDB's form: a list of named checks.
            for check in report["checks"]?.elements ?? [] where checks.count < Self.mostChecks {
                guard let name = check["name"]?.text, let word = check["status"]?.text else { continue }
                checks.append(
                    ProbeResult.SubCheck(
                        name: name.line(limit: 100), status: Self.status(word, isHealthJSON: true) ?? .unknown,
                        message: check["message"]?.text?.line()))
            }
            return
        }
        for (name, list) in parts.sorted(by: { $0.key < $1.key }) {
            for check in list.elements ?? [] where check.isObject && checks.count < Self.mostChecks {
                // A check without a status only reports a number.
                let found = check["status"]?.text.map { Self.status($0, isHealthJSON: true) ?? .unknown } ?? .healthy
                let output = found == .healthy ? nil : check["output"]?.text?.line()
                let name = name.line(limit: 100)
                checks.append(
                    ProbeResult.SubCheck(
                        name: name, status: found, message: output, value: check["observedValue"]?.double))
                if found != .healthy, found != .unknown {
                    reasons.append("\(name): \(output ?? (found == .degraded ? "warn" : "fail")).")
                }
            }
        }
    }

    /// Without the media type the draft's other words are too common to interpret.
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
