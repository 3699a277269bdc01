import KeepAliveKit
import KeepAliveLease
import KeepAlivePlatform

/// This machine's place in the lease, for `launcher.status`, the service manager and the metrics.
struct LeaseStatus: Equatable {
    let name: String
    /// The number of the term in which this machine leads; nil if it does not.
    let epoch: Int64?
    /// The highest number that was seen, whoever leads.
    let seenEpoch: Int64
    let handover: String
    /// One line on who leads; nil on the leader.
    let words: String?
    /// Why a leader whose bot works on cannot reach its lease; otherwise nil.
    let trouble: String?
    /// What `launcher.status` gives as the reason; nil if the lease is none.
    var reason: String? { words ?? trouble }

    init(_ state: LeaseState, name: String, handover: String, unfit: String?) {
        self.name = name
        self.handover = handover
        epoch = state.isLeader ? state.epoch : nil
        seenEpoch = state.newestEpoch
        words = Self.words(state, unfit)
        switch state.phase {
        case .leading, .offering: trouble = state.trouble
        default: trouble = nil
        }
    }

    private static func words(_ state: LeaseState, _ unfit: String?) -> String? {
        switch state.phase {
        case .leading, .offering, .passing, .stopping, .losing, .finished: return nil
        case .abstaining: return "waiting out a restart delay without the lease"
        case .standby, .asking: break
        }
        if let trouble = state.trouble { return trouble }
        guard let row = state.row else { return "waiting to see the lease" }
        guard row.holder != nil else {
            return unfit.map { "the lease is free, but the bot cannot run here: \($0)" } ?? "the lease is free"
        }
        return "\(row.host) leads" + (row.since.map { " since \($0)" } ?? "")
    }
}
