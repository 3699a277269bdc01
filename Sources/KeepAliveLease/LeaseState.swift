package import KeepAliveKit

/// Decides when a bot may run on this machine: state × event → actions, as the table of docs/high-availability.md says.
/// Pure: it sends nothing, signals nothing and reads no clock. All times are times since boot (``BootClock``).
package struct LeaseState: Equatable, Sendable {
    package enum Phase: Equatable, Sendable {
        /// Watching another's lease, or a free one that is not for us.
        case standby
        /// The lease was asked for, and the answer is not known yet.
        case asking
        case leading
        /// Leading, and offering the lease to a standby until a time.
        case offering(until: Duration)
        /// The bot ends, then the lease goes to this heir.
        case passing(heir: String)
        /// The bot ends because the launcher stops.
        case stopping
        /// The bot must end because the lease is lost, or may be.
        case losing
        /// The lease was given up until a restart's delay is over.
        case abstaining(until: Duration)
        case finished
    }

    package enum Event: Equatable, Sendable {
        /// Time has passed.
        case tick
        /// An answer to the request of this number.
        case answer(UInt64, KeeperAnswer)
        /// lease-keeper has ended.
        case keeperLost
        /// Whether the bot could run here: the answer to ``Action/examine``.
        case examined(isFit: Bool)
        /// The bot was started.
        case started
        /// The bot has ended; clean if no descendant is left.
        case reaped(isClean: Bool)
        /// The bot will be started again after this delay.
        case waiting(Duration)
        /// A person wants another machine to lead.
        case handover
        /// Wait for nothing: a person asked for a start.
        case hurry
        /// The launcher stops, or has nothing more to start.
        case stop
    }

    package enum Action: Equatable, Sendable {
        case send(UInt64, KeeperRequest)
        /// End lease-keeper, and start another before the next request, for this reason.
        case replaceKeeper(String)
        /// From now on the keeper and the kit end the bot at this time; nil if there is no lease.
        case guardUntil(Duration?)
        /// Check whether the bot could run here.
        case examine
        /// Start the bot, with this epoch; `info` is what the leader before left.
        case lead(epoch: Int64, info: LeaseInfo)
        /// Ask the bot to end, and start none.
        case endBot(String)
        /// Kill the bot's group, and start none.
        case killBot(String)
        /// A handover has ended: whether a standby has the lease, and in words.
        case handedOver(Bool, String)
        case log(Log.Level, String)
        /// lease-keeper cannot go on: end with this code.
        case refuse(Int32, String)
        /// Nothing is held any more; the launcher may exit.
        case finish
    }

    /// A request whose answer is awaited.
    struct Pending: Equatable, Sendable {
        let sequence: UInt64
        let request: KeeperRequest
        /// Read before the request was written.
        let sentAt: Duration
        let dueAt: Duration
    }

    /// The lease, as far as it is known to be ours.
    struct Held: Equatable, Sendable {
        let epoch: Int64
        /// When the last confirmed request was about to be written.
        var from: Duration
    }

    /// A beat that this launcher made, and when.
    struct Made: Equatable, Sendable {
        let beat: Beat
        let at: Duration
    }

    /// A beat, and since when it stands unchanged.
    struct Watch: Equatable, Sendable {
        let beat: Beat
        let since: Duration
    }

    package let times: LeaseTimes
    /// The label of this launcher, unique among all.
    package let label: String
    let user: LeaseUser
    package internal(set) var phase = Phase.standby
    /// The row that was seen last.
    package internal(set) var row: LeaseRow?
    /// The newest epoch that this launcher has seen or held.
    package internal(set) var newestEpoch: Int64 = 0
    /// Why the lease cannot be used; nil while it can.
    var current: LeaseTrouble?
    /// What goes into the row with the next renewal.
    package var info = LeaseInfo()

    var held: Held?
    var pending: Pending?
    /// When to send the next request.
    var nextAt: Duration = .zero
    var sequence: UInt64 = 0
    var watch: Watch?
    /// The beats that were made in the last time to live, with their times.
    var made: [Made] = []
    /// The `info` that the row is known to have.
    var writtenInfo: LeaseInfo?
    var hasBot = false
    var isKilled = false
    var isStopping = false
    /// Why the next request needs a fresh lease-keeper.
    var keeperTrouble: String?
    /// What an examination is for; nil if none runs.
    var candidacy: Candidacy?
    var examineAt: Duration = .zero
    /// Since when the lease is being released, or a stop waits for its grant; nil while neither.
    var releasing: Duration?
    /// The beats of the releases that were tried.
    var released: [Beat] = []
    /// To whom a release passes the lease.
    var heir: String?
    /// Whether a person waits for the result of a handover.
    var isAwaited = false

    enum Candidacy: Equatable, Sendable { case acquire, claim }

    /// - Parameters:
    ///   - times: of this launcher's lease; a standby goes by those of the row.
    ///   - label: this launcher's, unique among all.
    ///   - user: for the words of log lines.
    package init(times: LeaseTimes, label: String, user: LeaseUser = .launcher) {
        self.times = times
        self.label = label
        self.user = user
    }

    /// Whether this launcher holds the lease as far as anybody can know.
    package var isLeader: Bool {
        switch phase {
        case .leading, .offering, .passing, .stopping: held != nil
        default: false
        }
    }

    /// Why the lease cannot be used, in a sentence; nil while it can.
    package var trouble: String? { current?.sentence }

    /// The lease's number while it is held.
    package var epoch: Int64? { held?.epoch }

    /// Whether the bot may be started now.
    package func mayStart(at now: Duration) -> Bool {
        guard phase == .leading, let held else { return false }
        return held.from + times.timeToLive - now >= times.neededToStart
    }

    /// When something is to be done even without an event.
    package var wakeAt: Duration? {
        var at: [Duration] = []
        if let pending { at.append(pending.dueAt) } else if hasRequest { at.append(nextAt) }
        switch phase {
        case .finished: return nil
        case .abstaining(let until): if releasing == nil { at.append(until) }
        case .offering(let until): at.append(until)
        default: break
        }
        if isStopping, let releasing { at.append(releasing + LeaseTimes.releaseFor) }
        if let held {
            switch phase {
            case .leading, .offering: at.append(held.from + times.terminate)
            case .passing, .stopping, .losing:
                if hasBot, !isKilled { at.append(held.from + times.kill) }
            default: break
            }
        }
        return at.min()
    }

    package mutating func handle(_ event: Event, at now: Duration) -> [Action] {
        if phase == .finished { return [] }
        if event == .started { (hasBot, isKilled) = (true, false) }
        // Before anything else: a machine that slept must not take an event for that of a leader.
        var actions = enforceDeadline(at: now)
        switch event {
        case .tick, .started: break
        case .answer(0, .refused(let exit, let words)): actions += refused(exit, words, at: now)
        case .answer(let number, let answer):
            guard let pending, pending.sequence == number else { break }
            self.pending = nil
            actions += answered(pending, answer, at: now)
        case .keeperLost: actions += keeperLost(at: now)
        case .examined(let isFit): actions += examined(isFit, at: now)
        case .reaped(let isClean): actions += reaped(isClean, at: now)
        case .waiting(let delay): actions += botWaits(delay, at: now)
        case .handover: actions += beginHandover(at: now)
        case .hurry: if case .abstaining = phase { becomeStandby(at: now) }
        case .stop: actions += stop(at: now)
        }
        return actions + proceed(at: now)
    }

    /// What is due, whatever happened.
    private mutating func proceed(at now: Duration) -> [Action] {
        var actions: [Action] = []
        if let late = pending, late.dueAt <= now {
            pending = nil
            keeperTrouble = "it did not answer in time"
            actions += answered(late, .unknown(state: nil, words: "\(user.respondent) did not answer in time"), at: now)
            // The fresh keeper gets the next request at once.
            nextAt = now
        }
        if isStopping, let releasing, releasing + LeaseTimes.releaseFor <= now { actions += abandonRelease(at: now) }
        if case .abstaining(let until) = phase, until <= now, releasing == nil { becomeStandby(at: now) }
        if case .offering(let until) = phase, until <= now { actions += withdraw(at: now) }
        if pending == nil, hasRequest, nextAt <= now { actions += sendNext(at: now) }
        return actions
    }
}
