import KeepAliveKit
import KeepAlivePlatform

/// What people say about services, and the channels that learn of an alert only if nobody says anything.
extension History {
    /// What people have said about each service.
    func marks() -> [String: ServiceMarks] {
        loadIfDue()
        return latestMarks
    }

    /// Sets the channels that wait before they learn of an alert.
    func expect(delays: [String: Duration]) {
        self.delays = delays
    }

    /// Keeps what a person has said, with its step of the timeline. Returns once it is committed or otherwise survives a
    /// kill; if neither is possible, it stays in memory only.
    func mark(_ service: String, _ marks: ServiceMarks, _ event: AlertEvent) async {
        // Two callers may arrive in the other order.
        let newest = latestMarks[service].map { $0.version > marks.version ? $0 : marks } ?? marks
        latestMarks[service] = newest
        batch.addMarks(newest, of: service, event)
        switch event.kind {
        case .acknowledged: outbox.hold(event.alertKey)
        case .unacknowledged: release(event)
        default: break
        }
        wakeAll()
        await committed()
    }

    /// The next check may bring a newer message, so an overdue one waits this long for it.
    private static let patience = Duration.seconds(90)

    private func release(_ event: AlertEvent) {
        let time = MonotonicTime.now().advanced(by: Self.patience)
        outbox.release(event.alertKey, notBefore: time)
        resumed[event.service] = (event.alertKey, time)
    }

    /// A check has followed: what waited for its message is due.
    func endPatience(with service: String) {
        guard let (alert, time) = resumed.removeValue(forKey: service) else { return }
        outbox.hasten(alert, dueAt: time, to: .now())
        wakeAll()
    }

    /// Holds the waiting events of acknowledged alerts: they were kept without that.
    func holdAcknowledged() {
        for (service, marks) in latestMarks {
            guard let began = marks.acknowledged?.alert else { continue }
            outbox.hold(AlertEvent.alertKey(of: service, began: began))
        }
    }

    /// The entry as a channel with `after` gets it: later, in the place of a waiting one, or not at all.
    func escalate(_ entry: Outbox.Entry, after delay: Duration, at now: MonotonicTime) -> Outbox.Entry? {
        loadIfDue()
        let alert = entry.event.alertKey
        // The waiting event may not be committed yet.
        let place = staged.firstIndex { $0.isEscalation && $0.channel == entry.channel && $0.event.alertKey == alert }
        let waiting =
            place.map { (entry: staged[$0], isHeld: false) } ?? outbox.escalation(of: alert, for: entry.channel)
        let isBeingSent = waiting.map { sending.contains($0.entry.key) } ?? false
        // Nobody gets the held event any more; its end only who may have got it.
        if entry.event.kind.isEnd, let waiting, waiting.isHeld {
            outbox.drop(waiting.entry)
            batch.addDelivered(waiting.entry.key)
            return isBeingSent || waiting.entry.attempts > 0 ? entry : nil
        }
        let step = Escalation.step(
            for: entry.event, after: delay, waiting: isBeingSent ? nil : waiting?.entry,
            isHeld: waiting?.isHeld ?? false, at: now)
        var entry = entry
        switch step {
        case .add: return entry
        case .wait(let time):
            entry.dueAt = time
            entry.isEscalation = true
            return entry
        case .replace, .drop:
            guard let old = waiting?.entry else { return step == .drop ? nil : entry }
            batch.addDelivered(old.key)
            if let place { staged.remove(at: place) }
            guard step == .replace else {
                outbox.drop(old)
                return nil
            }
            (entry.dueAt, entry.dueWithoutWait) = (old.dueAt, old.dueWithoutWait)
            entry.isEscalation = true
            if place != nil { return entry }
            outbox.replace(old, by: entry)
            batch.addEntries([OutboxRow(entry)])
            return nil
        }
    }
}
