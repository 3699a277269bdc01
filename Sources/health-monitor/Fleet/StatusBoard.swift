import Synchronization

/// The current state of every service. Thread-safe: checks write; the API and the exit code of `--once` read.
final class StatusBoard: Sendable {
    private let state: Mutex<State>

    private struct State {
        /// The services in the configuration's order, each with the number of its last change.
        var services: [(status: ServiceStatus, revision: UInt64)] = []
        var places: [String: Int] = [:]
        /// The services whose marks want a check.
        var marked: Set<String> = []
        /// The number of reloads so far.
        var generation: UInt64 = 0
        /// The number of the last change. It begins at 1, because 0 stands for a client that has seen nothing. A client
        /// that saw the board before its first change has seen something.
        var revision: UInt64 = 1
        /// The number of the last change of an alert.
        var alertRevision: UInt64 = 0
        /// The channels with a problem, by name, and the existing channels; nil before they are named.
        var troubles: [String: ChannelTrouble] = [:]
        var channels: Set<String>?
        /// The monitors that share the history; nil without vantages.
        var roll: VantageRoll?

        var names: [String] { services.map(\.status.target.name) }

        mutating func noteAlerts() {
            revision &+= 1
            alertRevision = revision
        }
    }

    init(_ targets: [Target], states: [String: TargetState] = [:], marks: [String: ServiceMarks] = [:]) {
        let services = targets.map { (status: Self.status(of: $0, states, marks), revision: UInt64(0)) }
        let marked = Set(marks.filter { $0.value.wantsCheck }.keys)
        state = Mutex(State(services: services, places: Self.places(targets), marked: marked))
    }

    /// A target's status from the stored data.
    private static func status(
        of target: Target, _ states: [String: TargetState], _ marks: [String: ServiceMarks]
    ) -> ServiceStatus {
        var status = ServiceStatus(target: target, state: states[target.name] ?? TargetState())
        status.marks = marks[target.name] ?? ServiceMarks()
        return status
    }

    private static func places(_ targets: [Target]) -> [String: Int] {
        Dictionary(targets.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: Services

    /// The services' names in the configuration's order.
    var names: [String] { state.withLock { $0.names } }
    /// The index of each service in that order.
    var orders: [String: Int] { state.withLock { $0.places } }
    /// Grows with each `watch`.
    var generation: UInt64 { state.withLock { $0.generation } }
    /// The number of the last change.
    var revision: UInt64 { state.withLock { $0.revision } }
    /// The revision of the last change of an alert.
    var alertRevision: UInt64 { state.withLock { $0.alertRevision } }
    /// All services in the configuration's order.
    var all: [ServiceStatus] { state.withLock { $0.services.map(\.status) } }

    /// The services whose marks want a check, also those that had it: those with a silence, which may be over, or with
    /// an acknowledgement that was taken back.
    var marked: [ServiceStatus] {
        state.withLock { state in
            state.marked.compactMap { name in state.places[name].map { state.services[$0].status } }
        }
    }

    subscript(name: String) -> ServiceStatus? {
        state.withLock { state in state.places[name].map { state.services[$0].status } }
    }

    /// Takes the targets of a reloaded configuration; targets that stay keep their state.
    ///
    /// - Parameters:
    ///   - states: the stored states, for targets that were not known before.
    ///   - marks: the stored marks, for these targets too.
    func watch(_ targets: [Target], states: [String: TargetState] = [:], marks: [String: ServiceMarks] = [:]) {
        state.withLock { state in
            state.noteAlerts()
            let known = state
            state.services = targets.map { target in
                var status =
                    known.places[target.name].map { known.services[$0].status }
                    ?? Self.status(of: target, states, marks)
                status.target = target
                return (status, known.revision)
            }
            state.places = Self.places(targets)
            state.marked = Set(state.services.map(\.status).filter(\.marks.wantsCheck).map(\.target.name))
            state.generation &+= 1
        }
    }

    /// Changes a service's state; returns the result of `change`, nil if no service has that name.
    @discardableResult
    func update<Result: Sendable>(_ name: String, _ change: (inout ServiceStatus) -> Result) -> Result? {
        state.withLock { state in
            guard let place = state.places[name] else { return nil }
            defer {
                state.revision &+= 1
                state.services[place].revision = state.revision
                if state.services[place].status.marks.wantsCheck {
                    state.marked.insert(name)
                } else {
                    state.marked.remove(name)
                }
            }
            return change(&state.services[place].status)
        }
    }

    /// The services changed since a revision, in the configuration's order, with the new revision. Revision 0 returns
    /// every service.
    func changes(since revision: UInt64) -> (revision: UInt64, services: [ServiceStatus]) {
        state.withLock { state in
            let changed = revision == 0 ? state.services : state.services.filter { $0.revision > revision }
            return (state.revision, changed.map(\.status))
        }
    }

    // MARK: Vantages

    /// The monitors that share the history; nil without vantages.
    var roll: VantageRoll? { state.withLock { $0.roll } }

    /// Takes what is known of those monitors.
    func note(_ roll: VantageRoll) {
        state.withLock { state in
            // Ages change with each look; only other facts are news.
            let isNews = state.roll?.outline != roll.outline
            state.roll = roll
            if isNews { state.revision &+= 1 }
        }
    }

    // MARK: Alerts

    /// Notes that a stored alert has changed, or that a channel has received it.
    func noteAlerts() { state.withLock { $0.noteAlerts() } }

    /// Notes a channel's problem after a delivery; nil clears it. False for a channel of an earlier configuration: its
    /// deliveries may end after the reload.
    @discardableResult
    func note(_ trouble: ChannelTrouble?, of channel: String) -> Bool {
        state.withLock { state in
            state.noteAlerts()
            guard state.channels?.contains(channel) != false else { return false }
            state.troubles[channel] = trouble
            return true
        }
    }

    /// Sets the existing channels; returns the channels that no longer exist.
    func expect(channels names: Set<String>) -> Set<String> {
        state.withLock { state in
            defer { state.channels = names }
            state.troubles = state.troubles.filter { names.contains($0.key) }
            return (state.channels ?? []).subtracting(names)
        }
    }

    /// The channels' problems, ordered by channel name.
    var channelTroubles: [ChannelTrouble] {
        state.withLock { $0.troubles.values.sorted { $0.channel < $1.channel } }
    }
}
