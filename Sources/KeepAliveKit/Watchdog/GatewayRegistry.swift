import KeepAlivePlatform
import Synchronization

/// A bot's connections: its main one, and the connections it registers by name, such as its shards.
final class GatewayRegistry: Sendable {
    /// A connection with a name.
    struct Entry: Sendable {
        let name: String
        let heartbeat: GatewayHeartbeat
        /// Restarts this connection alone.
        var onStall: (@Sendable (GatewaySnapshot) -> Void)?
    }

    /// The connection without a name.
    let main: GatewayHeartbeat?
    private let entries = Mutex<[Entry]>([])

    init(main: GatewayHeartbeat? = nil) {
        self.main = main
    }

    /// The named connections, in the order of registration.
    var named: [Entry] { entries.withLock { $0 } }

    private var all: [GatewayHeartbeat] { [main].compactMap(\.self) + named.map(\.heartbeat) }

    /// The heartbeat of a name; the first call makes it. A later callback replaces the earlier one.
    func heartbeat(_ name: String, onStall: (@Sendable (GatewaySnapshot) -> Void)?) -> GatewayHeartbeat {
        entries.withLock { entries in
            if let index = entries.firstIndex(where: { $0.name == name }) {
                if let onStall { entries[index].onStall = onStall }
                return entries[index].heartbeat
            }
            let entry = Entry(name: name, heartbeat: GatewayHeartbeat(), onStall: onStall)
            entries.append(entry)
            return entry.heartbeat
        }
    }

    /// The named connections at a moment.
    func snapshots(at now: MonotonicTime) -> [NamedGateway] {
        named.map { NamedGateway(name: $0.name, snapshot: $0.heartbeat.snapshot(at: now)) }
    }

    /// Ages count only after that time.
    func expectSilence(until time: MonotonicTime) {
        for gateway in all { gateway.expectSilence(until: time) }
    }

    /// The body restarts before that time: ages count from now on.
    func endSilence(at now: MonotonicTime) {
        for gateway in all { gateway.endSilence(at: now) }
    }

    /// The body restarts: its connections begin now, without history.
    func beginAnew(at now: MonotonicTime) {
        for gateway in all { gateway.beginAnew(at: now) }
    }

    /// The run is over, and with it every connection of its body.
    func forget(at now: MonotonicTime) {
        for gateway in all { gateway.forget(at: now) }
    }
}

/// One named connection of a bot, such as a shard, at one moment.
public struct NamedGateway: Equatable, Sendable {
    /// The name it was registered under.
    public package(set) var name: String
    /// Its state.
    public package(set) var snapshot: GatewaySnapshot
    /// Whether it is a zombie, or lost for too long.
    public package(set) var isStalled = false

    /// Makes one.
    package init(name: String, snapshot: GatewaySnapshot, isStalled: Bool = false) {
        self.name = name
        self.snapshot = snapshot
        self.isStalled = isStalled
    }
}
