import KeepAliveKit

enum Severity: String, Sendable, Codable {
    case warning, critical
}

/// Something that people are told of.
struct AlertEvent: Sendable, Equatable, Codable {
    enum Kind: String, Sendable, Codable {
        case opened, repeated, escalated, resolved, flapping, test
    }

    let kind: Kind
    let service: String
    let severity: Severity
    /// What is wrong, or for `resolved` what was: one sentence.
    let message: String
    /// When the trouble began and when this event happened, in microseconds since 1970.
    let triggeredAt: Int64
    let happenedAt: Int64
}
