import KeepAliveKit

/// The phases without a bot: standby, asking, abstaining.
extension LeaseState {
    /// A standby's request was answered.
    mutating func watched(_ asked: Pending, _ answer: KeeperAnswer, at now: Duration) -> [Action] {
        nextAt = now + observeEvery
        switch (asked.request, answer) {
        case (_, .row(let row)): return observed(row, at: now)
        case (.claim, .done), (.claim, .zero): nextAt = now + LeaseTimes.claimEvery
        case (.observe, _): awaitServer(from: observeEvery, at: now)
        default: holdBack(at: now)
        }
        return []
    }

    /// About half a second, and never in step with the other standbys.
    private var observeEvery: Duration {
        var random = SystemRandomNumberGenerator()
        return times.observeEvery * Int.random(in: 90...110, using: &random) / 100
    }

    /// The next look, after one that saw nothing.
    private mutating func awaitServer(from first: Duration, at now: Duration) {
        guard let current else { return }
        nextAt = now + current.delay(from: first, through: max(first, LeaseTimes.reachEvery))
    }

    /// The next attempt to take the lease, after one that failed.
    private mutating func holdBack(at now: Duration) {
        guard let current else { return }
        examineAt = now + current.delay(from: times.retryEvery, through: times.takeEvery)
    }

    private mutating func observed(_ row: LeaseRow, at now: Duration) -> [Action] {
        self.row = row
        newestEpoch = max(newestEpoch, row.epoch)
        // Unchanged since the answer that showed it first, and not since it was written.
        if watch?.beat != row.beat { watch = Watch(beat: row.beat, since: now) }
        guard let watch else { return [] }
        let offered = LeaseInfo(json: row.info).isOffered
        if row.holder != nil, beats(at: now).contains(row.beat) {
            // Our own request was applied after all.
            phase = .asking
            return renew(row.epoch, at: now)
        }
        let freeAt: Duration
        if row.epoch < newestEpoch {
            // Made anew, or restored: the leader of the newer epoch may not know yet.
            freeAt = watch.since + max(times.timeToLive, .milliseconds(Int64(row.timeToLive)))
        } else if row.holder == nil {
            freeAt = row.heir == nil || row.heir == label ? now : watch.since + LeaseTimes.heirFirst
        } else {
            freeAt = watch.since + .milliseconds(Int64(row.timeToLive))
            if row.heir == label { nextAt = min(nextAt, now + LeaseTimes.claimEvery) }
        }
        if freeAt <= now { return consider(.acquire, at: now) }
        nextAt = min(nextAt, freeAt)
        if row.holder != nil, offered, row.heir == nil { return consider(.claim, at: now) }
        // Nothing to take: what once failed matters no more.
        return recovered()
    }

    /// A candidacy begins with the question whether the bot could run here.
    private mutating func consider(_ candidacy: Candidacy, at now: Duration) -> [Action] {
        guard self.candidacy == nil else { return [] }
        guard examineAt <= now else {
            nextAt = max(nextAt, min(examineAt, now + observeEvery))
            return []
        }
        self.candidacy = candidacy
        return [.examine]
    }

    mutating func examined(_ isFit: Bool, at now: Duration) -> [Action] {
        defer { candidacy = nil }
        guard let candidacy, phase == .standby, pending == nil, let row else { return [] }
        guard isFit else {
            examineAt = now + LeaseTimes.examineEvery
            return []
        }
        switch candidacy {
        case .acquire:
            phase = .asking
            return send(.acquire(watched: row.beat, new: make(at: now)), at: now)
        case .claim: return send(.claim(epoch: row.epoch, heir: label), at: now)
        }
    }

    // MARK: Asking

    /// The answer to the question for the lease.
    mutating func asked(_ asked: Pending, _ answer: KeeperAnswer, at now: Duration) -> [Action] {
        switch (asked.request, answer) {
        case (.acquire, .granted(let epoch, let info)):
            return granted(epoch, LeaseInfo(json: info), asked.sentAt, at: now)
        case (.renew(let epoch, _, _, _), .renewed):
            return granted(epoch, LeaseInfo(json: row?.info ?? ""), asked.sentAt, at: now)
        case (_, .zero):
            becomeStandby(at: now)
            return []
        case (_, .row(let row)):
            // If it shows our beat, this asks again.
            phase = .standby
            nextAt = now + observeEvery
            return observed(row, at: now)
        case (.observe, _):
            nextAt = now + times.retryEvery
            awaitServer(from: times.retryEvery, at: now)
            return []
        default:
            // Unknown: the row will tell.
            nextAt = now + times.retryEvery
            holdBack(at: now)
            return []
        }
    }

    private mutating func granted(
        _ epoch: Int64, _ info: LeaseInfo, _ from: Duration, at now: Duration
    ) -> [Action] {
        held = Held(epoch: epoch, from: from)
        newestEpoch = max(newestEpoch, epoch)
        self.info = LeaseInfo(record: info.record)
        writtenInfo = info
        (watch, candidacy) = (nil, nil)
        if isStopping {
            phase = .stopping
            return release(epoch, at: now)
        }
        guard from + times.timeToLive - now >= times.neededToStart else {
            becomeStandby(at: now)
            return [.log(.warning, "the lease was granted too late \(user.work); releasing it")]
                + release(epoch, at: now)
        }
        phase = .leading
        nextAt = from + times.renewEvery
        return [.guardUntil(from + times.guardKill), .lead(epoch: epoch, info: info)]
    }
}
