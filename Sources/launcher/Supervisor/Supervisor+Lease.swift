import KeepAliveKit
import KeepAliveLease
import KeepAlivePlatform
import KeepAliveToolSupport

/// Joins the lease's decisions with the bot's: ``LeaseState`` says whether a bot may run here, ``SupervisorState`` when.
extension Supervisor {
    /// Time has passed, or lease-keeper answered.
    func turnLease() {
        guard let lease else { return }
        perform(lease.turn())
        reportLease()
    }

    func handleLease(_ event: LeaseState.Event) {
        guard let lease else { return }
        perform(lease.handle(event))
    }

    /// Whether too little is left of the lease to start a bot.
    var mustPostpone: Bool { lease.map { !$0.mayStart } ?? false }

    /// Whether what the bot left must end at once.
    var isInHaste: Bool { state.hasKilled || lease?.state.phase == .losing }

    func perform(_ actions: [LeaseState.Action]) {
        guard let lease else { return }
        for action in actions {
            switch action {
            case .examine: perform(lease.handle(.examined(isFit: isFit())))
            case .lead(let epoch, let info):
                botLog.log(.info, "this machine leads: lease \(lease.settings.name), epoch \(epoch)")
                if let record = info.record { folder.adopt(record) }
                lease.note(folder.ledger.record)
                handle(.leaseTaken(info.record))
            case .endBot(let words):
                handle(.leaseEnded(words))
                forgetStart()
            case .killBot(let words):
                handle(.leaseLost(words))
                forgetStart()
            case .handedOver(let isDone, let words):
                botLog.log(isDone ? .info : .warning, "handover: \(words)")
                lease.noteHandover(isDone: isDone, words)
            case .log(let level, let words): botLog.log(level, words)
            case .refuse(let code, let words):
                botLog.log(.error, words)
                exitPending = code
            case .finish: isLeaseFinished = true
            case .send, .replaceKeeper, .guardUntil: break
            }
        }
    }

    /// No bot may be started here before the lease is taken.
    private func forgetStart() {
        if state.phase == .standby { startAt = nil }
    }

    /// The launcher may exit once nothing is left to start, and the lease is released.
    func exitOnceReleased(_ code: Int32) {
        // What lease-keeper refused is why.
        exitPending = exitPending ?? code
        handleLease(.stop)
    }

    private func isFit() -> Bool {
        let findings = reread().findings
        if let first = findings.first, first != unfitness {
            botLog.log(.warning, "this machine does not ask for the lease, because the bot cannot run here: \(first)")
        }
        unfitness = findings.first
        return findings.isEmpty
    }

    // MARK: Status

    private func sayLease(_ status: LeaseStatus) {
        defer { saidLease = status.words }
        // What keeps it from being seen is in the log already.
        guard let words = status.words, words != saidLease, lease?.state.trouble == nil else { return }
        botLog.log(.info, "standby: \(words)")
    }

    var leaseStatus: LeaseStatus? {
        lease.map {
            LeaseStatus($0.state, name: $0.settings.name, handover: $0.handovers.text, unfit: unfitness)
        }
    }

    func noteLeaseFigures() {
        guard let status = leaseStatus else { return }
        metrics.note(.init(name: status.name, isLeader: status.epoch != nil, epoch: status.seenEpoch))
    }

    /// Tells the service manager who leads. The launcher is ready once it has seen the lease: a standby does its duty.
    private func reportLease() {
        guard let lease, let status = leaseStatus else { return }
        noteLeaseFigures()
        let now = MonotonicTime.now()
        if status.trouble != saidTrouble {
            saidTrouble = status.trouble
            if status.words == nil { manager.send("STATUS=\(status.trouble ?? "leading")") }
        }
        if !manager.isReady, lease.state.row != nil {
            manager.sendReady(with: ["STATUS=\(status.words.map { "standby: \($0)" } ?? "starting the bot")"])
            sayLease(status)
        } else if status.words != saidLease || !manager.isReady && leaseSaidAt.map({ $0 <= now }) ?? true {
            sayLease(status)
            leaseSaidAt = now.advanced(by: .seconds(10))
            if let words = status.words { manager.sendWaiting("standby: \(words)", for: .seconds(60)) }
        }
    }
}
