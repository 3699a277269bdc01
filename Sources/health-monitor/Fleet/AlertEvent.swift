/// Something that people are told of.
struct AlertEvent: Sendable, Equatable, Codable {
    enum Kind: String, Sendable, Codable {
        case opened, repeated, escalated, resolved, flapping, test
        /// The service was taken out of the configuration while its alert was open: nobody will tell that it recovered.
        case removed

        /// Whether it ends its alert.
        var isEnd: Bool { self == .resolved || self == .removed }
    }

    let kind: Kind
    let service: String
    let severity: Severity
    /// What is wrong, or for `resolved` what was: one sentence.
    let message: String
    /// When the trouble began and when this event happened, in microseconds since 1970.
    let triggeredAt: Int64
    let happenedAt: Int64
    /// How many checks had failed by then, where that is known.
    var failures: Int?
    /// How the service was then; nil of an event that an earlier version has kept.
    var status: ProbeStatus?

    /// Names the alert that this event is of: the same from `opened` to `resolved`.
    var alertKey: String { "\(service)/\(triggeredAt)" }

    /// Names this event to one channel: the same for every try to send it, before and after a restart, and for no other
    /// event. 24 characters, since Discord takes 25 at most for a nonce.
    func key(for channel: String) -> String {
        let text = [service, kind.rawValue, "\(triggeredAt)", "\(happenedAt)", channel].joined(separator: "\u{0}")
        return Digest.hexadecimal(text)
    }
}
