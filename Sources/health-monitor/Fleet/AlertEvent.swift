/// An event that channels deliver to people.
struct AlertEvent: Sendable, Equatable, Codable {
    enum Kind: String, Sendable, Codable {
        case opened, repeated, escalated, resolved, flapping, test
        /// A reload removed the service while its alert was open: no recovery will follow.
        case removed

        /// Whether it ends its alert.
        var isEnd: Bool { self == .resolved || self == .removed }
    }

    let kind: Kind
    let service: String
    let severity: Severity
    /// One sentence: the problem; for `resolved` the past problem.
    let message: String
    /// When the incident began and when this event happened, in microseconds since 1970.
    let triggeredAt: Int64
    let happenedAt: Int64
    /// How many checks had failed by then, if known.
    var failures: Int?
    /// The service's status at that time; nil for events kept by an earlier version.
    var status: ProbeStatus?

    /// Identifies the alert of this event, unchanged from `opened` to `resolved`.
    var alertKey: String { "\(service)/\(triggeredAt)" }

    /// Identifies this event to one channel: unchanged for each attempt, also after a restart, and unique. It has 24
    /// characters, because Discord accepts at most 25 for a nonce.
    func key(for channel: String) -> String {
        let text = [service, kind.rawValue, "\(triggeredAt)", "\(happenedAt)", channel].joined(separator: "\u{0}")
        return Digest.hexadecimal(text)
    }
}
