import KeepAlivePlatform

/// What people have said about a service: an acknowledged alert, a silence until a time, a note. Pure.
///
/// Times are microseconds since 1970, because marks outlive the process.
struct ServiceMarks: Codable, Sendable, Equatable {
    struct Mark: Codable, Sendable, Equatable {
        /// The person or key, in words.
        var who: String
        var when: Int64
        var note: String?
        /// Of an acknowledgement: when its alert began. It applies to no later alert.
        var alert: Int64?
        /// Of a silence: its end.
        var until: Int64?
    }

    var acknowledged: Mark?
    var silenced: Mark?
    var noted: Mark?
    /// When this process took back the last acknowledgement; nil once there is a new one.
    var resumed: Int64?
    /// Counts the changes in this process, so that of two changes the later one is stored.
    var version: UInt64 = 0

    private enum CodingKeys: String, CodingKey { case acknowledged, silenced, noted }

    /// Ignores what is valid only in this process.
    static func == (left: ServiceMarks, right: ServiceMarks) -> Bool {
        left.acknowledged == right.acknowledged && left.silenced == right.silenced && left.noted == right.noted
    }

    /// Whether the next check should not wait for its turn: a silence ends, or an acknowledgement was taken back.
    var wantsCheck: Bool { silenced != nil || resumed != nil }

    /// Whether nothing is left to store.
    var isEmpty: Bool { acknowledged == nil && silenced == nil && noted == nil }

    /// What stays when the service is no longer watched; nil without any. It may come back, as a container does with
    /// each new version, and was silenced for that.
    func withoutService(at now: Int64) -> ServiceMarks? {
        var marks = self
        // Its alert was closed.
        marks.acknowledged = nil
        marks.silenced = silence(at: now)
        marks.resumed = nil
        return marks.isEmpty ? nil : marks
    }

    /// The silence at a time; nil without one.
    func silence(at now: Int64) -> Mark? { silenced.flatMap { mark in mark.until.flatMap { $0 > now ? mark : nil } } }

    /// The acknowledgement of the alert that opened then; nil without one.
    func acknowledgement(ofAlertAt time: Int64?) -> Mark? {
        guard let time, let acknowledged, acknowledged.alert == time else { return nil }
        return acknowledged
    }
}

extension ServiceMarks {
    /// A change that a person asks for.
    enum Change: Sendable, Equatable {
        case acknowledge(note: String?)
        case unacknowledge
        /// Until a time in microseconds since 1970.
        case silence(until: Int64, note: String?)
        case unsilence
        /// Nil removes the note.
        case note(String?)
    }

    /// Applies a change; returns the step for the timeline, nil if there is nothing to take back or to acknowledge.
    ///
    /// - Parameters:
    ///   - alert: when the service's open alert began; nil without one.
    ///   - severity: of that alert.
    mutating func apply(
        _ change: Change, to service: String, by who: String, at now: Int64, alert: Int64?,
        severity: Severity = .warning
    ) -> AlertEvent? {
        let kind: AlertEvent.Kind
        var message = ""
        switch change {
        case .acknowledge(let note):
            guard let alert else { return nil }
            kind = .acknowledged
            acknowledged = Mark(who: who, when: now, note: note, alert: alert)
            resumed = nil
            message = note ?? ""
        case .unacknowledge:
            guard acknowledgement(ofAlertAt: alert) != nil else { return nil }
            kind = .unacknowledged
            acknowledged = nil
            resumed = now
        case .silence(let until, let note):
            kind = .silenced
            silenced = Mark(who: who, when: now, note: note, until: until)
            message = "until \(WallTime(microseconds: until).words)" + (note.map { ": \($0)" } ?? "")
        case .unsilence:
            guard silence(at: now) != nil else { return nil }
            kind = .unsilenced
            silenced = nil
        case .note(let note):
            guard note != nil || noted != nil else { return nil }
            kind = .noted
            noted = note.map { Mark(who: who, when: now, note: $0) }
            message = note ?? "the note was removed"
        }
        version &+= 1
        var event = AlertEvent(
            kind: kind, service: service, severity: severity, message: message,
            triggeredAt: alert ?? now, happenedAt: now)
        event.who = who
        return event
    }
}
