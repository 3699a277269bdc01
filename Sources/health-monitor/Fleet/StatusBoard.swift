import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// What is known of every service right now. Thread-safe: checks write, the API and the exit code of `--once` read.
final class StatusBoard: Sendable {
    private let entries: Mutex<[String: ServiceStatus]>
    /// The number of the last change, and that of each service's last change. It begins at 1: 0 is what somebody has who has
    /// seen nothing, and who has seen the board before its first change has seen something.
    private let revisions = Mutex<(last: UInt64, alerts: UInt64, of: [String: UInt64])>((1, 0, [:]))
    /// The channels with something wrong, by name, and those that there are; nil before somebody has named them.
    private let channels = Mutex<(troubles: [String: ChannelTrouble], names: Set<String>?)>(([:], nil))
    private let order: Mutex<Order>

    /// The services in the order of the configuration.
    private struct Order {
        let names: [String]
        let places: [String: Int]
        /// How often there was another configuration before.
        let generation: UInt64

        init(_ targets: [Target], generation: UInt64) {
            names = targets.map(\.name)
            places = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            self.generation = generation
        }
    }

    init(_ targets: [Target], states: [String: TargetState] = [:]) {
        order = Mutex(Order(targets, generation: 0))
        entries = Mutex(
            Dictionary(
                targets.map { ($0.name, ServiceStatus(target: $0, state: states[$0.name] ?? TargetState())) },
                uniquingKeysWith: { first, _ in first }))
    }

    /// The services in the order of the configuration.
    var names: [String] { order.withLock { $0.names } }
    /// The place of each service in that order.
    var orders: [String: Int] { order.withLock { $0.places } }
    /// Grows with each `watch`.
    var generation: UInt64 { order.withLock { $0.generation } }

    /// Takes the targets of another configuration; what is known of those that were here before stays.
    func watch(_ targets: [Target]) {
        entries.withLock { entries in
            let known = entries
            entries = Dictionary(
                targets.map { target in
                    var status = known[target.name] ?? ServiceStatus(target: target, state: TargetState())
                    status.target = target
                    return (target.name, status)
                }, uniquingKeysWith: { first, _ in first })
        }
        order.withLock { $0 = Order(targets, generation: $0.generation &+ 1) }
        revisions.withLock { revisions in
            revisions.last &+= 1
            revisions.alerts = revisions.last
            let last = revisions.last
            revisions.of = Dictionary(targets.map { ($0.name, last) }, uniquingKeysWith: { first, _ in first })
        }
    }

    func update(_ name: String, _ change: (inout ServiceStatus) -> Void) {
        entries.withLock { entries in
            guard var entry = entries[name] else { return }
            change(&entry)
            entries[name] = entry
        }
        // After the change: whoever reads this revision finds what it stands for.
        revisions.withLock { revisions in
            revisions.last &+= 1
            revisions.of[name] = revisions.last
        }
    }

    /// Notes that an alert that is kept has changed, or that a channel was told of it.
    func noteAlerts() {
        revisions.withLock { revisions in
            revisions.last &+= 1
            revisions.alerts = revisions.last
        }
    }

    /// Notes what is wrong with a channel, nil where nothing is, after something came of a delivery. False of a channel that
    /// another configuration had: what was under way then may end later.
    @discardableResult
    func note(_ trouble: ChannelTrouble?, of channel: String) -> Bool {
        let isKnown = channels.withLock { channels in
            guard channels.names?.contains(channel) != false else { return false }
            channels.troubles[channel] = trouble
            return true
        }
        noteAlerts()
        return isKnown
    }

    /// Names the channels that there are from now on; returns those that are not there any more.
    func expect(channels names: Set<String>) -> Set<String> {
        channels.withLock { channels in
            let gone = (channels.names ?? []).subtracting(names)
            channels = (channels.troubles.filter { names.contains($0.key) }, names)
            return gone
        }
    }

    /// What is wrong with channels, by their names in order.
    var channelTroubles: [ChannelTrouble] {
        channels.withLock { $0.troubles.values.sorted { $0.channel < $1.channel } }
    }

    /// The revision of the last change of an alert.
    var alertRevision: UInt64 { revisions.withLock { $0.alerts } }

    /// The number of the last change.
    var revision: UInt64 { revisions.withLock { $0.last } }

    /// The services that have changed after a revision, in the order of the configuration, and the revision that they are
    /// at, or beyond; 0 is every service.
    func changes(since revision: UInt64) -> (revision: UInt64, services: [ServiceStatus]) {
        let (last, changed) = revisions.withLock { revisions in
            (revisions.last, revision == 0 ? nil : Set(revisions.of.filter { $0.value > revision }.keys))
        }
        guard let changed else { return (last, all) }
        return (last, names.filter(changed.contains).compactMap { self[$0] })
    }

    subscript(name: String) -> ServiceStatus? { entries.withLock { $0[name] } }

    /// All services in the order of the configuration.
    var all: [ServiceStatus] {
        let names = names
        return entries.withLock { entries in names.compactMap { entries[$0] } }
    }
}

/// One service as it is now.
struct ServiceStatus: Sendable {
    var target: Target
    var state: TargetState
    /// The last finished check; nil before the first.
    var last: CheckRecord?
    /// Why its failures are not told now.
    var silence: TargetState.Silence?
    /// The limit that it runs into; nil where it runs into none, or that cannot be told.
    var forecast: Forecast?
}
