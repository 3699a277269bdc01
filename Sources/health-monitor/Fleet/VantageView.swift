import KeepAliveKit
import KeepAlivePlatform

/// How one vantage sees one service, as its row in the shared database shows it. Pure.
struct VantageView: Sendable, Equatable {
    let vantage: String
    /// The vantage's own verdict after its own thresholds.
    var says: ProbeStatus
    /// The result of its last check.
    var status: ProbeStatus
    var message: String
    /// Its failed checks in a row.
    var failures = 0
    var severity: Severity?
    var responseTime: Duration?
    var checks: [ProbeResult.SubCheck] = []
    /// Since when it says so, and when it last checked, in microseconds since 1970.
    var since: Int64 = 0
    var checkedAt: Int64 = 0
    /// The age of its last check on the database's clock, when the row was read.
    var age: Duration
    /// How old its check may be: two intervals and the timeouts.
    var freshFor: Duration

    /// Whether its verdict counts: fresh and known. A check of the future is fresh: the database's clock was set back.
    var counts: Bool { says != .unknown && says != .maintenance && isFresh }
    var isFresh: Bool { age <= freshFor }
}

/// One monitor of several that share a database, as its row shows it.
struct VantageBeat: Sendable, Equatable {
    let name: String
    /// Its machine, for people.
    var host: String
    /// The age of its last sign of life on the database's clock.
    var age: Duration
    /// It counts as silent after this long: two of its shortest intervals and the timeouts.
    var silentAfter: Duration
    /// Whether it was stopped on purpose.
    var isStopped = false

    var state: State {
        if isStopped { return .stopped }
        return age > silentAfter ? .silent : .running
    }

    enum State: String, Sendable { case running, silent, stopped }
}

/// The monitors that share a database, and the one that leads.
struct VantageRoll: Sendable, Equatable {
    /// This monitor's vantage.
    let own: String
    /// Ordered by name.
    var beats: [VantageBeat] = []
    /// The vantage that leads, and since when (ISO 8601); nil if the lease is free or cannot be read.
    var leader: String?
    var since: String?
    /// Whether this monitor leads, and the lease's number; 0 before it has held one.
    var isLeading = false
    var epoch: Int64 = 0

    /// Everything but the ages.
    var outline: [String] {
        [leader ?? "", since ?? "", "\(epoch) \(isLeading)"] + beats.map { "\($0.name) \($0.host) \($0.state)" }
    }
}
