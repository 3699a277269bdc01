import KeepAliveKit
import KeepAlivePlatform
import KeepAlivePostgreSQL

/// A monitor that cannot reach the shared database says so itself, once, and once when it is back.
extension VantageFleet {
    func noteReached() async {
        health.note(trouble: "vantages", nil)
        guard cutOff.note(isReached: true, at: .now()) == .resolve, let began = cutOffAt else { return }
        cutOffAt = nil
        await say(.resolved, "the shared database can be reached again", began: began)
    }

    func noteUnreachable(_ error: any Error) async {
        let words = (error as? PostgreSQLError)?.message ?? "\(error)"
        health.note(
            trouble: "vantages",
            "The shared database cannot be reached: \(words). This monitor counts for nothing meanwhile.")
        sawFailure = true
        guard case .announce(let since) = cutOff.note(isReached: false, at: .now()) else { return }
        let began = WallTime.now().microseconds - MonotonicTime.now().since(since).microseconds
        cutOffAt = began
        for name in board.names {
            board.update(name) { status in
                status.last = CheckRecord(
                    service: name,
                    result: ProbeResult(
                        status: .unknown, message: "this monitor cannot reach the shared database"), time: .now())
                status.changed = .now()
                status.views = []
            }
        }
        let length = MonotonicTime.now().since(since).roundedWords
        await say(
            .opened,
            "the monitor at \(settings.name) has not reached the shared database for \(length): \(words); it sends no "
                + "other alert", began: began)
    }

    private func say(_ kind: AlertEvent.Kind, _ words: String, began: Int64) async {
        let event = AlertEvent(
            kind: kind, service: "health-monitor at \(settings.name)", severity: .critical, message: words,
            triggeredAt: began, happenedAt: WallTime.now().microseconds,
            status: kind == .opened ? .unhealthy : .healthy)
        log(kind == .opened ? .error : .warning, "alert \(kind): \(event.service): \(words)")
        await own.announce(event, channels: plan.channels)
    }
}
