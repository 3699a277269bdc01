import KeepAliveKit
import KeepAlivePlatform

/// The alerts about vantages that fall silent.
extension VantageFleet {
    func judgeVantages(_ beats: [VantageBeat]) async {
        guard let term, lease.isHeld, !isSettling(for: beats.map(\.silentAfter).max() ?? .zero) else { return }
        let open = Set(
            silences.filter { $0.value.alert != nil }.map { String($0.key.dropFirst(SilentVantages.prefix.count)) })
        for beat in SilentVantages.changes(beats, own: settings.name, open: open) {
            let name = SilentVantages.service(of: beat.name)
            var state = silences[name] ?? TargetState()
            var rules = TargetState.Rules()
            rules.failureThreshold = 1
            let events = state.record(
                SilentVantages.result(of: beat), of: name, at: WallTime.now().microseconds, tick: .now(), rules: rules)
            let channels = state.recipients(of: events, among: nil, of: plan.channels)
            silences[name] = state
            logAlerts(events)
            await term.history.alert(name, state: state, events: events, channels: channels)
            board.noteAlerts()
        }
        let now = MonotonicTime.now()
        guard forgotAt.map({ now.since($0) >= .seconds(3600) }) ?? true else { return }
        forgotAt = now
        try? await store.forgetStopped()
    }
}
