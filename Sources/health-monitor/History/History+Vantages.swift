import KeepAliveKit
import KeepAlivePlatform

/// What only one of several monitors does.
extension History {
    /// Queues events of this monitor itself: they are sent from here, also while the shared database is away.
    func announce(_ event: AlertEvent, channels: [String]) async {
        stage([event], channels)
        await committed()
    }

    /// Keeps the alert of something that is not a service, with its events.
    func alert(_ name: String, state: TargetState, events: [AlertEvent], channels: [String]) async {
        latestStates[name] = state
        batch.add(state, of: name, events)
        stage(events, channels)
        await committed()
    }

    /// Takes what people said to any of the monitors.
    func learn(_ marks: [String: ServiceMarks]) {
        for (service, marks) in marks {
            let alert = { (marks: ServiceMarks?) in
                marks?.acknowledged?.alert.map { AlertEvent.alertKey(of: service, began: $0) }
            }
            let (old, new) = (alert(latestMarks[service]), alert(marks))
            latestMarks[service] = marks
            guard old != new else { continue }
            if let new { outbox.hold(new) }
            if let old { outbox.release(old, notBefore: .now()) }
        }
        wakeAll()
    }
}
