import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

/// How the file is opened, and what becomes of one that is damaged.
extension History {
    /// Opens the file and takes over how these services stood when the monitor last ran.
    ///
    /// A file that another program has locked does not keep the monitor from its work: it is read later.
    /// - Throws: `KeepAliveError` when the file must not be used, or there is no room for what alerts depend on.
    func start(watching names: Set<String>, channels: [String]) async throws(KeepAliveError) {
        do {
            try openReserve(targets: names.count)
            _ = try openedOrRecovered()
        } catch let error as DatabaseRefusal {
            throw .refused(error)
        } catch let error as SQLiteError where error.isShortage {
            throw .system(
                "database: \(path) cannot be opened (\(error.message)): free disk space, memory or descriptors")
        } catch {
            lastTry = .now()
            noteFailure(error)
        }
        await retire(allBut: names, channels: channels)
    }

    private func openReserve(targets: Int) throws {
        guard path != ":memory:", reserve == nil else { return }
        let path = path + HistoryReserve.suffix
        switch Result(catching: { () throws(DatabaseRefusal) in try HistoryReserve(path: path, targets: targets) }) {
        case .success(let opened):
            reserve = opened
            if let pending = opened.read() { restore(pending) }
        case .failure(let refusal) where refusal.kind == .unreachable:
            log(.warn, "\(refusal): a kill while the history cannot be written may repeat alerts")
        case .failure(let refusal):
            throw refusal
        }
    }

    private func openedOrRecovered() throws -> HistoryStore {
        do {
            return try opened()
        } catch {
            guard recover(from: error) else { throw error }
            return try opened()
        }
    }

    func openIfDue() {
        guard store == nil, !isClosed else { return }
        if failingSince != nil, let lastTry, MonotonicTime.now().since(lastTry) < retryInterval { return }
        do {
            _ = try openedOrRecovered()
        } catch {
            lastTry = .now()
            noteFailure(error)
        }
    }

    /// The open file; opens it where it is not, or is not the one at its path any more.
    func opened() throws -> HistoryStore {
        if let store {
            if path == ":memory:" || store.identity == FileIdentity(path: path) { return store }
            log(.error, "the history's file was deleted or replaced; a new one is begun")
            forget()
        }
        let opened = try HistoryStore(path: path, log: log)
        if !isLoaded {
            try load(opened)
        }
        store = opened
        return opened
    }

    private func load(_ store: HistoryStore) throws {
        let states = try store.states()
        let found = try store.outbox(now: .now(), wallNow: .now())
        if found.unreadable > 0 { log(.error, "\(found.unreadable) alerts in the outbox cannot be read") }
        carryOver(states, found.entries)
        pushes.remember(try store.pushes(), now: .now(), wallNow: .now())
        isLoaded = true
        // A file that could not be read at the start.
        if let (names, channels) = watched { Task { await retire(allBut: names, channels: channels) } }
    }

    /// Takes over what is older than what is known already: of the reserve, or found out since.
    private func carryOver(_ states: [String: TargetState], _ entries: [Outbox.Entry]) {
        latestStates = states.merging(latestStates) { $1 }
        let delivered = Set(batch.deliveredKeys)
        let newer = Dictionary(outbox.entries.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        let older = entries.filter { !delivered.contains($0.key) }
        let known = Set(older.map(\.key))
        let all = older.map { newer[$0.key] ?? $0 } + outbox.entries.filter { !known.contains($0.key) }
        outbox = Outbox(pace: outbox.pace)
        _ = outbox.add(all)
        wake { _ in true }
    }

    /// Takes over what an earlier run could not write into the file.
    private func restore(_ pending: PendingHistory) {
        log(.warn, "the last run could not write everything into the history; the rest is taken from its reserve")
        latestStates.merge(pending.states) { $1 }
        pushes.remember(pending.pushes, now: .now(), wallNow: .now())
        _ = outbox.add(pending.outbox(now: .now(), wallNow: .now()))
        batch.add(pending)
        noteRestored()
    }

    /// Makes what is in memory to be written once more, into a new file.
    private func forget() {
        store?.close()
        store = nil
        for entry in outbox.entries { batch.addEntry(entry.key, of: entry.channel) }
    }

    /// Sets a damaged file of ours aside; returns whether it is worth trying again.
    func recover(from error: any Error) -> Bool {
        guard let error = error as? SQLiteError, error.isDamage, path != ":memory:" else { return false }
        guard isOurs else {
            // Somebody's file was copied over ours: what we have must not get into it.
            store?.abandon()
            forget()
            return false
        }
        if !isLoaded {
            // Perhaps it is damaged elsewhere.
            salvage()
            isLoaded = true
        }
        forget()
        for (name, state) in latestStates { batch.addState(state, of: name) }
        let stamp = WallTime.now().iso8601.filter { $0.isLetter || $0.isNumber }
        let aside = "\(path).damaged-\(stamp)"
        guard DamagedFile.move(path, to: aside) else {
            log(.error, "the history is damaged (\(Self.words(error))), and cannot be moved to \(aside)")
            return false
        }
        log(.error, "the history is damaged (\(Self.words(error))): it was moved to \(aside), and a new one is begun")
        return true
    }

    /// Whether the file is known to be a history of ours, by what stands in it now.
    private var isOurs: Bool {
        if let store { return store.carriesMark }
        let kind = try? DatabaseFile.inspect(path, for: HistorySchema.mark)
        return kind == .own || kind == .unmarked
    }

    private func salvage() {
        guard let database = try? Database(path: path, readOnly: true) else { return }
        let store = HistoryStore(reading: database)
        let states = (try? store.states()) ?? [:]
        let entries = (try? store.outbox(now: .now(), wallNow: .now()).entries) ?? []
        store.close()
        carryOver(states, entries)
    }

    static func words(_ error: any Error) -> String {
        // Without the statement, which says nothing to who reads the log.
        (error as? SQLiteError).map { "\($0.message) (\($0.extendedCode))" } ?? "\(error)"
    }

    /// What is wrong, for the monitor's own `/health`.
    static func trouble(_ error: any Error, _ path: String) -> String {
        guard let error = error as? SQLiteError else { return "The history cannot be used: \(error)" }
        return error.isBusy
            ? "The history \(path) is locked by another program (\(error.message))"
            : "The history \(path) cannot be written: \(error.message)"
    }
}

extension SQLiteError {
    /// Whether the file itself is wrong: SQLITE_CORRUPT, SQLITE_NOTADB.
    var isDamage: Bool { code == 11 || code == 26 }
}
