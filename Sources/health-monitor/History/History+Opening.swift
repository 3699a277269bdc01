import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

/// Loads what earlier runs kept.
extension History {
    /// Opens the store and loads the services' states from the monitor's last run.
    ///
    /// A store that cannot be reached now (another program has locked it) does not stop the monitor: it is read later.
    /// - Parameters:
    ///   - retires: whether the alerts of all other services are closed.
    ///   - refused: called if only a later attempt finds that the store must not be used; nothing is kept after that.
    /// - Throws: `KeepAliveError` if the store must not be used, or lacks room for the data that alerts depend on.
    func start(
        watching names: Set<String>, channels: [String], retires: Bool = true,
        refused: (@Sendable (KeepAliveError) -> Void)? = nil
    ) async throws(KeepAliveError) {
        self.refused = refused
        try openReserve(targets: names.count)
        do throws(HistoryFailure) {
            try loadWithRoom()
        } catch {
            if let end = error.end { throw end }
            noteFailure(error)
        }
        if retires { await retire(allBut: names, channels: channels) }
    }

    private func openReserve(targets: Int) throws(KeepAliveError) {
        guard let reservePath, reserve == nil else { return }
        do {
            let opened = try HistoryReserve(path: reservePath, targets: targets)
            reserve = opened
            if let earlier = opened.read() { restore(earlier) }
        } catch {
            guard error.kind == .unreachable else { throw .refused(error) }
            log(.warning, "\(error): a kill while the history cannot be written may repeat alerts")
        }
    }

    /// A full disk does not even let the store open: then the reserve gives up some of its space.
    private func loadWithRoom() throws(HistoryFailure) {
        do throws(HistoryFailure) {
            try load()
        } catch {
            guard error.isDiskFull, reserve?.makeRoom() == true else { throw error }
            log(
                .warning,
                "the disk has no space to open the history (\(error.words)); trying again with some of the reserve's")
            try load()
        }
    }

    func loadIfDue() {
        guard !isLoaded, !isClosed, isTryDue else { return }
        do throws(HistoryFailure) { try load() } catch { noteFailure(error) }
    }

    func load() throws(HistoryFailure) {
        guard !isLoaded else { return }
        var contents = try store.load()
        isLoaded = true
        forgetRemoved(in: &contents)
        if contents.unreadable > 0 { log(.error, "\(contents.unreadable) alerts in the outbox cannot be read") }
        carryOver(contents)
        pushes.remember(contents.pushes, now: .now(), wallNow: .now())
        latestMarks = contents.marks.merging(latestMarks) { $1 }
        holdAcknowledged()
        if contents.isSalvaged { batchAllKnown() }
        clocks = clocks ?? contents.clocks
        // The store could not be read at the start.
        if let (names, channels) = watched { Task { await retire(allBut: names, channels: channels) } }
    }

    /// Of an alert whose service was removed, only the end is left to write. To close it once more would tell of it twice.
    private func forgetRemoved(in contents: inout HistoryContents) {
        for event in batch.events where event.kind == .removed {
            let name = event.service
            contents.states[name] = nil
            contents.marks[name] = contents.marks[name]?.withoutService(at: event.happenedAt)
            guard batch.marks?[name] == nil, let marks = contents.marks[name] else { continue }
            batch.addMarks(marks, of: name, nil)
        }
    }

    /// Adds older data, from the reserve or since found, where nothing newer is known.
    private func carryOver(_ contents: HistoryContents) {
        latestStates = contents.states.merging(latestStates) { $1 }
        let delivered = Set(batch.delivered)
        let newer = Dictionary(outbox.entries.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        let older = contents.outbox.filter { !delivered.contains($0.key) }
        let known = Set(older.map(\.key))
        let all = older.map { newer[$0.key] ?? $0.entry() } + outbox.entries.filter { !known.contains($0.key) }
        outbox = Outbox(pace: outbox.pace)
        _ = outbox.add(all)
        wakeAll()
    }

    /// Adds what an earlier run could not commit. The next batch commits it and then empties the reserve.
    private func restore(_ earlier: HistoryBatch) {
        log(.warning, "the last run could not write all of its results; reading the rest from the reserve file")
        latestStates.merge(earlier.states) { $1 }
        pushes.remember(earlier.pushes, now: .now(), wallNow: .now())
        latestMarks.merge(earlier.marks ?? [:]) { $1 }
        _ = outbox.add(earlier.entries.map { $0.entry() })
        holdAcknowledged()
        batch.add(earlier)
        savedRevision = batch.revision
        scheduleFlush()
    }
}
