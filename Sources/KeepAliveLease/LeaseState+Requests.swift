import KeepAliveKit

/// Which request goes out next, and what an answer means in each phase.
extension LeaseState {
    /// Whether the phase needs requests at all.
    var hasRequest: Bool {
        switch phase {
        case .standby, .asking: true
        case .leading, .offering, .passing, .stopping, .losing: held != nil
        case .abstaining: releasing != nil
        case .finished: false
        }
    }

    /// Sends the request that the phase needs.
    mutating func sendNext(at now: Duration) -> [Action] {
        if let held, releasing != nil { return release(held.epoch, at: now) }
        switch phase {
        case .standby, .asking: return send(.observe, at: now)
        case .leading, .offering, .passing, .stopping, .losing:
            return held.map { renew($0.epoch, at: now) } ?? []
        case .abstaining, .finished: return []
        }
    }

    /// Renews over every beat that was made in the last time to live.
    mutating func renew(_ epoch: Int64, at now: Duration) -> [Action] {
        var wanted = info
        if case .offering = phase { wanted.isOffered = true }
        // What the row has is the former leader's until the answer; and one without an offer would take back the heir.
        let isForeign = phase == .asking || heir != nil
        let text = isForeign || wanted == writtenInfo ? nil : wanted.json
        // Until the answer nobody knows which of the two it has.
        if text != nil { writtenInfo = nil }
        let over = beats(at: now)
        return send(.renew(epoch: epoch, new: make(at: now), over: over, info: text), at: now)
    }

    /// Gives the lease up, to the heir if there is one.
    mutating func release(_ epoch: Int64, at now: Duration) -> [Action] {
        releasing = releasing ?? now
        var left = info
        left.isOffered = false
        // Not among those that are renewed over: a renewal over a release that came late would lead on a free lease.
        let new = Beat()
        defer { released.append(new) }
        return send(
            .release(epoch: epoch, new: new, over: beats(at: now) + released, heir: heir, info: left.json), at: now)
    }

    mutating func send(_ request: KeeperRequest, at now: Duration) -> [Action] {
        sequence &+= 1
        pending = Pending(sequence: sequence, request: request, sentAt: now, dueAt: now + times.giveUp)
        defer { keeperTrouble = nil }
        return (keeperTrouble.map { [.replaceKeeper($0)] } ?? []) + [.send(sequence, request)]
    }

    /// A fresh beat, which is ours from now on, whether or not its request arrives.
    mutating func make(at now: Duration) -> Beat {
        let beat = Beat()
        made.append(Made(beat: beat, at: now))
        return beat
    }

    /// The rest of a request's beats is for the tried releases: one each 0.025 of the time to live.
    private static let mostMade = KeeperMessageLimits.beats - 100

    /// Beats that the row may have. Older ones, but for the last confirmed one, cannot be there: their requests were
    /// followed by others, or the lease has run out.
    mutating func beats(at now: Duration) -> [Beat] {
        let oldest = min(now - times.timeToLive, held?.from ?? now)
        made.removeAll { $0.at < oldest }
        // Offers one after another make ten a second, and lease-keeper refuses a request with too many.
        made.removeFirst(max(0, made.count - Self.mostMade))
        return made.map(\.beat)
    }

    // MARK: Answers

    mutating func answered(_ request: Pending, _ answer: KeeperAnswer, at now: Duration) -> [Action] {
        var actions: [Action] = []
        switch answer {
        case .unknown(let state, let words): actions += troubled(request.request, state, words, at: now)
        case .refused(_, let words): actions += troubled(request.request, nil, words, isLasting: true, at: now)
        // That the row can be seen says nothing about a change of it.
        case .row where current?.isOfChange == true: break
        default: actions += recovered()
        }
        if case .release = request.request { return actions + released(request, answer, at: now) }
        switch phase {
        case .standby: return actions + watched(request, answer, at: now)
        case .asking: return actions + asked(request, answer, at: now)
        case .leading, .offering, .passing, .stopping, .losing: return actions + renewed(request, answer, at: now)
        case .abstaining, .finished: return actions
        }
    }

    /// The request may or may not have been applied.
    private mutating func troubled(
        _ request: KeeperRequest, _ state: String?, _ words: String, isLasting: Bool = false, at now: Duration
    ) -> [Action] {
        let words = words + (state.map { " (\($0))" } ?? "")
        let isOfChange = held == nil && request != .observe
        let line: String?
        if current == nil {
            current = LeaseTrouble(words, isOfChange: isOfChange, isLasting: isLasting, at: now)
            line = current?.sentence
        } else {
            line = current?.add(words, isOfChange: isOfChange, isLasting: isLasting, at: now)
        }
        // One that has lost its way to the server cannot tell; one with the server's answer has not.
        if state == nil, !isLasting, keeperTrouble == nil,
            current?.needsFreshKeeper(after: held == nil ? LeaseTrouble.repeatEvery : times.replaceAfter, at: now)
                == true
        {
            keeperTrouble = "its answers stay unknown"
        }
        return line.map { [.log(.warning, $0)] } ?? []
    }

    /// The lease can be used again.
    mutating func recovered() -> [Action] {
        guard current != nil else { return [] }
        current = nil
        return [.log(.info, "the lease can be reached again")]
    }

    /// A release was answered.
    private mutating func released(_ asked: Pending, _ answer: KeeperAnswer, at now: Duration) -> [Action] {
        if case .unknown = answer, let held, now < held.from + times.timeToLive {
            // Again: others need not wait for the whole time to live.
            nextAt = now + times.retryEvery
            return []
        }
        return letGo(isPassedOn: answer == .done, at: now)
    }

    /// The launcher stops, and the lease could not be released: the others wait for its end.
    mutating func abandonRelease(at now: Duration) -> [Action] {
        pending = nil
        return letGo(isPassedOn: false, at: now)
    }

    private mutating func letGo(isPassedOn: Bool, at now: Duration) -> [Action] {
        (held, releasing, released) = (nil, nil, [])
        var actions: [Action] = []
        if isAwaited, heir != nil {
            isAwaited = false
            actions.append(
                isPassedOn
                    ? .handedOver(true, "the lease was passed on")
                    : .handedOver(false, "the bot has ended, but whether the lease was passed on is unknown"))
        }
        heir = nil
        return actions + ended(at: now)
    }

    /// Nothing is held any more.
    mutating func ended(at now: Duration) -> [Action] {
        if isStopping {
            phase = .finished
            return [.finish]
        }
        if case .abstaining = phase { return [] }
        becomeStandby(at: now)
        return []
    }

    mutating func becomeStandby(at now: Duration) {
        phase = .standby
        (watch, candidacy, writtenInfo) = (nil, nil, nil)
        nextAt = now
    }

    // MARK: lease-keeper

    /// Another keeper follows, and asks again.
    mutating func keeperLost(at now: Duration) -> [Action] {
        keeperTrouble = "it ended"
        let lost = pending
        pending = nil
        let actions =
            lost.map { answered($0, .unknown(state: nil, words: "lease-keeper ended"), at: now) } ?? []
        nextAt = now + LeaseTimes.keeperEvery
        return [.log(.warning, "lease-keeper ended; starting another")] + actions
    }

    /// lease-keeper says that no other keeper could go on either. A launcher that has seen the lease goes on: a password
    /// that was changed or a right that was taken is an incident, and no reason to end a bot or a standby.
    mutating func refused(_ exit: Int32, _ words: String, at now: Duration) -> [Action] {
        guard row != nil else { return [.refuse(exit, words)] + stop(at: now) }
        guard let asked = pending else { return [] }
        pending = nil
        return answered(asked, .refused(exit: exit, words: words), at: now)
    }
}
