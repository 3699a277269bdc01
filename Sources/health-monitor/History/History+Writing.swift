import KeepAliveKit
import KeepAlivePlatform

/// Commits events together, and retries after a failure.
extension History {
    func scheduleFlush() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        // Records that arrive before this runs join its commit; an alert does not wait for others.
        let isUrgent = !staged.isEmpty || !batch.delivered.isEmpty
        Task {
            if !isUrgent { try? await Task.sleep(for: .milliseconds(20), clock: .suspending) }
            flush()
        }
    }

    func flush(isLast: Bool = false) {
        isFlushScheduled = false
        let hasNews = !staged.isEmpty
        if sendsUncommitted { queueStaged() }
        if !isClosed {
            write(isLast: isLast)
            // Save uncommitted data before a channel sends any of it.
            if !batch.isEmpty { saveToReserve() }
        }
        if !isClosed, batch.isEmpty { queueStaged() }
        let woken = waiting
        waiting = []
        for continuation in woken { continuation.resume() }
        if hasNews { wakeAll() }
        if !isLast { prune() }
    }

    private func queueStaged() {
        let isEscalation = staged.contains(where: \.isEscalation)
        let gone = outbox.add(staged)
        staged = []
        // Its alert may have been acknowledged while it waited for the commit.
        if isEscalation { holdAcknowledged() }
        if let first = gone.first {
            log(.error, "\(gone.count) alerts were dropped: over \(Outbox.limit) wait for channel \(first.channel)")
            for entry in gone { batch.addDelivered(entry.key) }
        }
    }

    private func write(isLast: Bool) {
        guard !batch.isEmpty || failingSince != nil, isLast || isTryDue else { return }
        do throws(HistoryFailure) {
            try commit()
            noteSuccess()
            writtenSincePrune &+= batch.checks.count
            batch = HistoryBatch(after: batch)
            if savedRevision > 0 { reserve?.clear() }
            savedRevision = 0
        } catch {
            noteFailure(error)
        }
    }

    private func commit() throws(HistoryFailure) {
        try load()
        do throws(HistoryFailure) {
            try store.commit(batch)
        } catch {
            guard error == .begunAnew else { throw error }
            batchAllKnown()
            try store.commit(batch)
        }
    }

    func batchAllKnown() {
        batch.add(states: latestStates, outbox.entries.map { OutboxRow($0) })
        for (service, marks) in latestMarks where !marks.isEmpty { batch.addMarks(marks, of: service, nil) }
    }

    /// Whether a retry is due after a failure.
    var isTryDue: Bool { failingSince == nil || lastTry.map { MonotonicTime.now().since($0) >= retryInterval } ?? true }

    func noteFailure(_ failure: HistoryFailure) {
        if failure == .otherLeads {
            // What is left is the other's to do: it has the same views, and finds the same.
            log(.warning, "another monitor leads: this one sends no alert any more")
            isClosed = true
            (staged, batch, outbox) = ([], HistoryBatch(after: batch), Outbox(pace: outbox.pace))
            return
        }
        // A shortage may pass.
        if !isLoaded, let refused, let end = failure.end, end.exitCode == 78 {
            isClosed = true
            return refused(end)
        }
        lastTry = .now()
        trouble(
            // PostgreSQL may end with a question.
            failure.sentence + (failure.sentence.hasSuffix("?") ? " " : ". ")
                + (alertsContinue
                    ? "Checks and alerts continue; their results wait in memory."
                    : "Checks continue; their results wait in memory, and this monitor sends no alert meanwhile."))
        retryLater()
        guard failingSince == nil else { return }
        failingSince = .now()
        lostBefore = batch.lost
        log(
            .error,
            "the history cannot be written: \(failure.words); "
                + (alertsContinue ? "checks and alerts continue" : "checks continue, this monitor sends no alert")
                + ", and up to \(HistoryBatch.limit) rows wait in memory")
    }

    private func noteSuccess() {
        guard failingSince != nil else { return }
        failingSince = nil
        trouble(nil)
        let lost = batch.lost &- lostBefore
        log(
            .warning,
            "the history is written again: \(batch.rows) rows were kept"
                + (lost > 0 ? ", \(lost) older ones are lost" : ""))
    }

    /// Checks may be minutes apart; this notices free space sooner.
    private func retryLater() {
        guard retry == nil else { return }
        retry = Task { [retryInterval] in
            guard (try? await Task.sleep(for: max(retryInterval, Duration.seconds(1)), clock: .suspending)) != nil
            else { return }
            retry = nil
            if failingSince != nil, !isClosed { flush() }
        }
    }

    private func saveToReserve() {
        guard let reserve, batch.revision != savedRevision, reserve.save(batch) else { return }
        savedRevision = batch.revision
    }

    // MARK: Old rows

    private func prune() {
        let now = MonotonicTime.now()
        guard isLoaded, failingSince == nil, lastPrune.map({ now.since($0) >= .seconds(5) }) ?? true else { return }
        lastPrune = now
        guard clocksAgree else { return }
        let isDaily = lastRollUpPrune.map { now.since($0) >= .seconds(86_400) } ?? true
        let age = HistoryAge(days: retentionDays, rollUpDays: isDaily ? max(retentionDays, 730) : nil)
        do throws(HistoryFailure) {
            // Deletes faster than rows are added, but never for long, because checks wait for it.
            try store.prune(age, at: .now(), limit: max(1000, writtenSincePrune * 4))
            writtenSincePrune = 0
            if isDaily { lastRollUpPrune = now }
        } catch {
            // The next commit fails too and reports the error.
            log(.debug, "old rows cannot be deleted: \(error.words)")
        }
    }

    /// Whether the wall clock has agreed with the monotonic clock long enough to judge the age of rows.
    private var clocksAgree: Bool {
        let (boot, wall, sinceBoot) = (BootClock.identity, WallTime.now(), BootClock.now())
        var clocks = clocks ?? ClockAgreement(boot: boot, wall: wall, sinceBoot: sinceBoot)
        let agreed = clocks.look(boot: boot, wall: wall, sinceBoot: sinceBoot)
        self.clocks = clocks
        batch.clocks = clocks
        return agreed >= clocksAgreeFor
    }
}
