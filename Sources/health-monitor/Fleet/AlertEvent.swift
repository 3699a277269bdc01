/// An event that channels deliver to people.
struct AlertEvent: Sendable, Equatable, Codable {
    enum Kind: String, Sendable, Codable {
        case opened, repeated, escalated, resolved, flapping, test
        /// A reload removed the service while its alert was open: no recovery will follow.
        case removed
        /// What a person has said; only the timeline shows it.
        case acknowledged, unacknowledged, silenced, unsilenced, noted

        /// Whether it ends its alert.
        var isEnd: Bool { self == .resolved || self == .removed }

        /// Whether a person caused it, not a check.
        var isMark: Bool {
            switch self {
            case .acknowledged, .unacknowledged, .silenced, .unsilenced, .noted: true
            case .opened, .repeated, .escalated, .resolved, .flapping, .test, .removed: false
            }
        }
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
    /// The address that the check looks at, if known.
    var url: String?
    /// The person behind a mark.
    var who: String?
    /// Whether channels learn of the alert by this event, although it is not `opened`: the alert was silenced till now.
    var isFirst: Bool?
    /// Whether only the timeline gets it: the service is silenced, or its alert acknowledged.
    var isQuiet: Bool?

    /// Whether channels learn of the alert by this event.
    var isFirstOfAlert: Bool { kind == .opened || isFirst == true }

    /// Identifies the alert of this event, unchanged from `opened` to `resolved`.
    var alertKey: String { Self.alertKey(of: service, began: triggeredAt) }

    static func alertKey(of service: String, began: Int64) -> String { "\(service)/\(began)" }

    /// Identifies this event to one channel: unchanged for each attempt, also after a restart, and unique. It has 24
    /// characters, because Discord accepts at most 25 for a nonce.
    func key(for channel: String) -> String {
        let text = [service, kind.rawValue, "\(triggeredAt)", "\(happenedAt)", channel].joined(separator: "\u{0}")
        return Digest.hexadecimal(text)
    }
}
