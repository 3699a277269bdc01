package import KeepAliveLease

/// The lease that the launcher may hold, as far as its requests show: enough to release it without the launcher. Pure.
package struct Held: Equatable, Sendable {
    /// The lease's number; nil if none is held.
    package private(set) var epoch: Int64?
    private(set) var beats: [Beat] = []

    /// Notes a request before its statement leaves.
    mutating func note(_ request: KeeperRequest) {
        switch request {
        case .renew(let epoch, let new, let over, _):
            self.epoch = epoch
            beats = over + [new]
        case .release(let epoch, let new, let over, _, _):
            // Until its answer the release may be missing.
            self.epoch = epoch
            beats = over + [new]
        case .observe, .acquire, .claim, .protect: break
        }
    }

    /// Notes an answer.
    mutating func note(_ answer: KeeperAnswer, to request: KeeperRequest) {
        switch (request, answer) {
        case (.acquire(_, let new), .granted(let epoch, _)):
            self.epoch = epoch
            beats = [new]
        case (.renew, .zero), (.release, .zero), (.release, .done): self = Held()
        default: break
        }
    }

    /// What releases the lease; nil if there is none.
    package func release(_ new: Beat) -> KeeperRequest? {
        epoch.map { .release(epoch: $0, new: new, over: beats, heir: nil, info: nil) }
    }
}
