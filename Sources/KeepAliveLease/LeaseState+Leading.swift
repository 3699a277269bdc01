import KeepAliveKit
import KeepAlivePlatform

/// The phases with a lease: leading, offering, passing, stopping, losing.
extension LeaseState {
    /// A renewal was answered.
    mutating func renewed(_ asked: Pending, _ answer: KeeperAnswer, at now: Duration) -> [Action] {
        if held == nil { return phase == .stopping ? stoppedWhileAsking(asked, answer, at: now) : [] }
        guard case .renew(_, _, _, let text) = asked.request else { return [] }
        switch answer {
        case .renewed(let heir):
            held?.from = asked.sentAt
            nextAt = asked.sentAt + times.renewEvery
            if let text { writtenInfo = LeaseInfo(json: text) }
            let moved = [Action.guardUntil(asked.sentAt + times.guardKill)]
            guard case .offering = phase else { return moved }
            nextAt = asked.sentAt + LeaseTimes.offerEvery
            // A claim of the time before the offer is none.
            guard let heir, writtenInfo?.isOffered == true else { return moved }
            phase = .passing(heir: heir)
            self.heir = heir
            return moved + [.endBot("the lease is passed on")] + (hasBot ? [] : finishHolding(at: now))
        case .zero:
            held = nil
            return [.guardUntil(nil)]
                + lose(
                    "another machine has taken the lease, or its row was deleted", kills: true, at: now)
        default:
            // Unknown: a statement that was applied is renewed over, too.
            nextAt = now + times.retryEvery
            return []
        }
    }

    /// The answer to the question for the lease, which the launcher's stop overtook.
    private mutating func stoppedWhileAsking(
        _ asked: Pending, _ answer: KeeperAnswer, at now: Duration
    ) -> [Action] {
        switch (asked.request, answer) {
        case (.acquire, .granted(let epoch, let info)):
            self.info = LeaseInfo(record: LeaseInfo(json: info).record)
            held = Held(epoch: epoch, from: asked.sentAt)
            return release(epoch, at: now)
        case (.renew(let epoch, _, _, _), .renewed):
            info = LeaseInfo(record: LeaseInfo(json: row?.info ?? "").record)
            held = Held(epoch: epoch, from: asked.sentAt)
            return release(epoch, at: now)
        default: return ended(at: now)
        }
    }

    /// The two deadlines of a leader: 0.80 and 0.90 of the time to live.
    mutating func enforceDeadline(at now: Duration) -> [Action] {
        guard let held else { return [] }
        let age = now - held.from
        var actions: [Action] = []
        switch phase {
        case .leading, .offering:
            if age >= times.terminate {
                actions = lose("the lease could not be renewed in time", kills: false, at: now)
            }
        default: break
        }
        switch phase {
        case .passing, .stopping, .losing:
            guard age >= times.kill, hasBot, !isKilled else { break }
            actions += handoverFailed("the bot did not end in time")
            (isKilled, heir) = (true, nil)
            phase = .losing
            actions.append(.killBot("the lease is about to pass to another machine"))
        default: break
        }
        return actions
    }

    private mutating func lose(_ words: String, kills: Bool, at now: Duration) -> [Action] {
        var actions = handoverFailed(words)
        heir = nil
        phase = .losing
        guard hasBot else { return actions + [.endBot(words)] + finishHolding(at: now) }
        if kills {
            if !isKilled { actions.append(.killBot(words)) }
            isKilled = true
        } else {
            actions.append(.endBot(words))
        }
        return actions
    }

    private mutating func handoverFailed(_ words: String) -> [Action] {
        guard isAwaited else { return [] }
        isAwaited = false
        return [.handedOver(false, words)]
    }

    // MARK: The bot

    mutating func reaped(_ isClean: Bool, at now: Duration) -> [Action] {
        guard hasBot else { return [] }
        hasBot = false
        // A descendant that cannot be killed works on: nobody, this machine included, may begin before the time to live
        // is over.
        if !isClean { (held, made) = (nil, []) }
        switch phase {
        case .passing, .stopping, .losing: return finishHolding(at: now)
        default: return isClean ? [] : lose("a process of the bot cannot be ended", kills: false, at: now)
        }
    }

    /// The bot has ended for good: gives back what is held.
    private mutating func finishHolding(at now: Duration) -> [Action] {
        guard let held else { return [.guardUntil(nil)] + ended(at: now) }
        return [.guardUntil(nil)] + release(held.epoch, at: now)
    }

    mutating func botWaits(_ delay: Duration, at now: Duration) -> [Action] {
        guard delay > times.timeToLive, let held else { return [] }
        switch phase {
        case .leading, .offering: break
        default: return []
        }
        var actions: [Action] = [
            .log(.info, "giving up the lease for \(delay.inWords), so that another machine may try")
        ]
        if isAwaited {
            isAwaited = false
            actions.append(.handedOver(true, "the bot had ended, and the lease is free"))
        }
        phase = .abstaining(until: now + delay)
        return actions + [.endBot("it waits out its delay without the lease"), .guardUntil(nil)]
            + release(held.epoch, at: now)
    }

    // MARK: Requests of people

    mutating func beginHandover(at now: Duration) -> [Action] {
        switch phase {
        case .offering, .passing:
            // Of two people who ask, both learn how it ends: the first one is awaiting it already.
            return []
        default: break
        }
        guard phase == .leading else {
            let isStandby = phase == .standby || phase == .asking
            return [
                .handedOver(
                    false, isStandby ? "this machine is a standby" : "this machine is giving up the lease already")
            ]
        }
        isAwaited = true
        phase = .offering(until: now + LeaseTimes.offerFor)
        nextAt = now
        return [.log(.info, "offering the lease to a standby")]
    }

    /// Nobody claimed the lease.
    mutating func withdraw(at now: Duration) -> [Action] {
        phase = .leading
        nextAt = now
        let words = "no standby claimed the lease within \(LeaseTimes.offerFor.inWords); the bot stays here"
        return [.log(.warning, words)] + handoverFailed(words)
    }

    mutating func stop(at now: Duration) -> [Action] {
        guard !isStopping else { return [] }
        isStopping = true
        var actions: [Action] = []
        switch phase {
        case .standby:
            // A release of a lease that was granted too late is under way.
            if releasing != nil {
                phase = .stopping
            } else {
                actions = ended(at: now)
            }
        case .asking:
            phase = .stopping
            // A late grant leaves the release what is left of this time.
            releasing = now
            if pending == nil { actions = ended(at: now) }
        case .abstaining:
            if releasing == nil { actions = ended(at: now) }
        case .leading, .offering:
            actions = handoverFailed("the launcher stops")
            phase = .stopping
            if !hasBot { actions += finishHolding(at: now) }
        case .passing: break
        case .stopping, .losing, .finished: break
        }
        return actions
    }
}
