import KeepAliveKit
import KeepAliveLease
import KeepAlivePlatform

/// This machine's place in the lease, for `launcher.status`, the service manager and the metrics.
struct LeaseStatus: Equatable {
    let name: String
    /// The number of the term in which this machine leads; nil if it does not.
    let epoch: Int64?
    /// The number that was seen last, whoever leads.
    let seenEpoch: Int64
    let handover: String
    /// The address for `launcher handover`.
    let address: String
    /// One line on who leads; nil on the leader.
    let words: String?

    init(_ state: LeaseState, name: String, handover: String, address: String, unfit: String?) {
        self.name = name
        self.handover = handover
        self.address = address
        epoch = state.isLeader ? state.epoch : nil
        seenEpoch = state.epoch ?? state.row?.epoch ?? 0
        words = Self.words(state, unfit)
    }

    private static func words(_ state: LeaseState, _ unfit: String?) -> String? {
        switch state.phase {
        case .leading, .offering, .passing, .stopping, .losing, .finished: return nil
        case .abstaining: return "waiting out a restart delay without the lease"
        case .standby, .asking: break
        }
        if let trouble = state.trouble { return "the lease cannot be reached: \(trouble)" }
        guard let row = state.row else { return "waiting to see the lease" }
        guard row.holder != nil else {
            return unfit.map { "the lease is free, but the bot cannot run here: \($0)" } ?? "the lease is free"
        }
        return "\(row.host) leads" + (row.since.map { " since \($0)" } ?? "")
    }
}
