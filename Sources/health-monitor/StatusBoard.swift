import KeepAliveKit
import Synchronization

/// What is known of every service right now. Thread-safe: checks write, the API and the exit code of `--once` read.
final class StatusBoard: Sendable {
    private let entries: Mutex<[String: ServiceStatus]>
    /// The services in the order of the configuration.
    let names: [String]

    init(_ targets: [Target], states: [String: TargetState] = [:]) {
        names = targets.map(\.name)
        entries = Mutex(
            Dictionary(
                targets.map { ($0.name, ServiceStatus(target: $0, state: states[$0.name] ?? TargetState())) },
                uniquingKeysWith: { first, _ in first }))
    }

    func update(_ name: String, _ change: (inout ServiceStatus) -> Void) {
        entries.withLock { entries in
            guard var entry = entries[name] else { return }
            change(&entry)
            entries[name] = entry
        }
    }

    subscript(name: String) -> ServiceStatus? { entries.withLock { $0[name] } }

    /// All services in the order of the configuration.
    var all: [ServiceStatus] { entries.withLock { entries in names.compactMap { entries[$0] } } }
}

/// One service as it is now.
struct ServiceStatus: Sendable {
    let target: Target
    var state: TargetState
    /// The last finished check; nil before the first.
    var last: CheckRecord?
    /// Why its failures are not told now.
    var silence: TargetState.Silence?
    /// The limit that it runs into; nil where it runs into none, or that cannot be told.
    var forecast: Forecast?
}
