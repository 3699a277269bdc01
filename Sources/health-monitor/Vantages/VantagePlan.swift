import KeepAliveKit
import KeepAlivePlatform

/// What a configuration means for one of several monitors; a reload replaces it.
struct VantagePlan: Sendable {
    let targets: [Target]
    /// By name.
    let byName: [String: Target]
    /// The names of all channels.
    let channels: [String]
    /// Makes the sender of a term's outbox.
    let dispatcher: @Sendable (History) async -> Dispatcher
    /// How long this monitor may show no sign of life.
    let silentAfter: Duration
    /// How often to look into the shared database.
    let tick: Duration

    private static let mostTick = Duration.seconds(1)
    private static let leastTick = Duration.milliseconds(100)

    init(
        _ targets: [Target], channels: [String], vantage: String,
        dispatcher: @escaping @Sendable (History) async -> Dispatcher
    ) {
        self.targets = targets
        self.channels = channels
        self.dispatcher = dispatcher
        byName = Dictionary(targets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let own = targets.filter { $0.isChecked(at: vantage) }
        silentAfter = own.map(\.freshFor).min() ?? .seconds(60)
        let shortest = targets.map(\.interval).min() ?? Self.mostTick
        tick = min(max(shortest / 2, Self.leastTick), Self.mostTick)
    }

    /// The rules of the combined state: the vantages have counted already.
    static func rules(of target: Target) -> TargetState.Rules {
        var rules = target.rules
        (rules.failureThreshold, rules.recoveryThreshold) = (1, 1)
        return rules
    }

    /// The failed checks that an event reports. The combined state counts since the vantages agree; they have seen more.
    static func failures(of event: AlertEvent, _ views: [VantageView]) -> Int? {
        event.failures.map { failures in
            views.filter { $0.counts && $0.says != .healthy }.map(\.failures).reduce(failures, max)
        }
    }

    /// The combined result of a service, and why its failure sends no alert now.
    ///
    /// - Parameter board: the states of the services that it depends on.
    static func judge(
        _ target: Target, _ views: [VantageView], before: ProbeStatus, at time: WallTime, _ board: StatusBoard
    ) -> (result: ProbeResult, silence: TargetState.Silence?) {
        let quorum = Quorum(agree: target.agree)
        let raw = quorum.result(views, before: before, isRaw: true)
        if target.isInMaintenance(at: time) { return (raw, .maintenance) }
        // Its vantages count no failure that a dependency explains, so their last checks show it.
        if target.rules.isFailure(raw.status) {
            for name in target.dependsOn {
                guard let other = board[name] else { continue }
                let seen = Quorum(agree: other.target.agree).result(other.views, before: .unknown, isRaw: true)
                if other.state.held == .unhealthy || seen.status == .unhealthy { return (raw, .dependency(name)) }
            }
        }
        return (quorum.result(views, before: before), nil)
    }
}
