import KeepAliveKit
import SQLite

/// The one writer of the history, and the keeper of the outbox.
///
/// What one check causes is one transaction; checks that end together share one. A damaged file is set aside as
/// `PATH.damaged-TIME`, with what could still be read of states and outbox carried over. While the file cannot be written
/// (a full disk, missing rights) rows wait in memory up to a limit, and alerts go out from there: this is said once, and
/// once more when it is over.
actor History {
    private let executor = HistoryExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let path: String
    private let retentionDays: Int
    private let log: Log
    /// The least time between two tries to write a file that could not be written.
    private let retryInterval: Duration

    private var store: HistoryStore?
    private var isLoaded = false
    private var isClosed = false
    /// How each target stands: as the file said at first, and then as its last check left it.
    private var latestStates: [String: TargetState] = [:]
    private var batch = HistoryBatch()
    /// Events of records that are not committed yet: nobody is told before.
    private var staged: [Outbox.Entry] = []
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var isFlushScheduled = false
    private var failingSince: MonotonicTime?
    private var lastTry: MonotonicTime?
    private var lostBefore = 0
    private var lastPrune: MonotonicTime?
    private var lastHourPrune: MonotonicTime?
    private var writtenSincePrune = 0

    /// The services whose last state that is written, or will be, is one at rest.
    private var resting: Set<String> = []

    var outbox: Outbox
    /// The keys of what is being sent.
    var sending: Set<String> = []
    var sleepers: [UInt64: Sleeper] = [:]
    var lastSleeper: UInt64 = 0
    var generator = SystemRandomNumberGenerator()

    /// Never throws: the first use opens the file.
    init(
        path: String, retentionDays: Int, log: Log, pace: Outbox.Pace = Outbox.Pace(),
        retryInterval: Duration = .seconds(1)
    ) {
        self.path = path
        self.retentionDays = retentionDays
        self.log = log
        self.retryInterval = retryInterval
        outbox = Outbox(pace: pace)
    }

    /// How each target stood when the monitor was last running.
    func states() async -> [String: TargetState] {
        openIfDue()
        return latestStates
    }

    /// Keeps everything that one check caused, and puts its events into the outbox, one for each channel. Returns once that
    /// is committed, or is kept in memory where it cannot be.
    func record(_ record: CheckRecord, state: TargetState, events: [AlertEvent], channels: [String]) async {
        // Most targets are well most of the time: that they still are has to be written once.
        let isNews = !state.isAtRest || !resting.contains(record.service)
        if state.isAtRest { resting.insert(record.service) } else { resting.remove(record.service) }
        latestStates[record.service] = state
        batch.add(record, isNews ? state : nil, events)
        stage(events, channels)
        await committed()
    }

    /// Forgets all services but these: what was taken out of the configuration would keep its alert for ever.
    ///
    /// Whoever was told that such a service is down is told that nobody looks any more, since a pager goes on ringing
    /// until somebody says so. An alert that is open was told to every channel of its target; which those were is not
    /// known any more, hence to all.
    func retire(allBut names: Set<String>, channels: [String]) async {
        openIfDue()
        let now = WallTime.now().microseconds
        for (name, state) in latestStates.sorted(by: { $0.key < $1.key }) where !names.contains(name) {
            latestStates[name] = nil
            let event = state.alert.map { alert in
                AlertEvent(
                    kind: .removed, service: name, severity: alert.severity,
                    message: "it was taken out of the configuration", triggeredAt: alert.openedAt, happenedAt: now)
            }
            log(.info, "\(name) is not watched any more" + (event == nil ? "" : ": its open alert is closed"))
            batch.addRetired(name, event)
            if let event { stage([event], channels) }
        }
        if !batch.isEmpty { await committed() }
    }

    private func stage(_ events: [AlertEvent], _ channels: [String]) {
        let now = MonotonicTime.now()
        for event in events {
            for channel in channels {
                let entry = Outbox.Entry(key: event.key(for: channel), channel: channel, event: event, dueAt: now)
                staged.append(entry)
                batch.addEntry(entry.key, of: channel)
            }
        }
    }

    /// Returns once what is in the batch was written, or is kept in memory.
    private func committed() async {
        await withCheckedContinuation { continuation in
            waiting.append(continuation)
            scheduleFlush()
        }
    }

    /// Writes what is left and closes the file; later calls keep nothing.
    func close() async {
        flush(isLast: true)
        store?.close()
        store = nil
        isClosed = true
        wake { _ in true }
    }

    /// Rows that were lost because the disk took none for too long.
    var lostRows: Int { batch.lost }

    // MARK: The outbox's side

    /// Notes what came of sending an entry. Returns once that is committed, or is kept in memory where it cannot be: how the
    /// entry stands now, nil when it is done with.
    @discardableResult
    func note(_ delivery: Delivery, for entry: Outbox.Entry) async -> Outbox.Entry? {
        sending.remove(entry.key)
        let noted = outbox.note(delivery, for: entry, at: .now(), using: &generator)
        if let noted {
            batch.addEntry(noted.key, of: noted.channel)
        } else {
            batch.addDelivered(entry.key)
        }
        if delivery == .delivered {
            batch.addTelling(Telling(event: entry.event, channel: entry.channel, time: .now()))
        }
        wake { _ in true }
        await committed()
        return noted
    }

    // MARK: Writing

    private func scheduleFlush() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        // Records that arrive before this has its turn are committed with it; an alert waits for nobody.
        let isUrgent = !staged.isEmpty || !batch.deliveredKeys.isEmpty
        Task {
            if !isUrgent { try? await Task.sleep(for: .milliseconds(20), clock: .suspending) }
            flush()
        }
    }

    private func flush(isLast: Bool = false) {
        isFlushScheduled = false
        let gone = outbox.add(staged)
        let hasNews = !staged.isEmpty
        staged = []
        if !gone.isEmpty {
            log(.error, "\(gone.count) alerts were dropped: over \(Outbox.limit) wait for channel \(gone[0].channel)")
            for entry in gone { batch.addDelivered(entry.key) }
        }
        if !isClosed { write(isLast: isLast) }
        let woken = waiting
        waiting = []
        for continuation in woken { continuation.resume() }
        if hasNews { wake { _ in true } }
        if !isLast { prune() }
    }

    private func write(isLast: Bool) {
        guard !batch.isEmpty else { return }
        if failingSince != nil, !isLast, let lastTry, MonotonicTime.now().since(lastTry) < retryInterval {
            return
        }
        for isSecond in [false, true] {
            do {
                let store = try opened()
                let entries = batch.entries.compactMap { outbox.entry($0.key, of: $0.channel) }
                try store.write(batch, entries: entries, now: .now(), wallNow: .now())
                writtenSincePrune &+= batch.checks.count
                noteSuccess()
                batch = HistoryBatch(lost: batch.lost)
                return
            } catch {
                lastTry = .now()
                if !isSecond, recover(from: error) { continue }
                noteFailure(error)
                return
            }
        }
    }

    private func noteFailure(_ error: any Error) {
        guard failingSince == nil else { return }
        failingSince = .now()
        lostBefore = batch.lost
        log(
            .error,
            "the history cannot be written: \(Self.words(error)); checks and alerts go on, and up to "
                + "\(HistoryBatch.limit) rows wait in memory")
    }

    private func noteSuccess() {
        guard failingSince != nil else { return }
        failingSince = nil
        let lost = batch.lost &- lostBefore
        log(
            .warn,
            "the history is written again: \(batch.rows) rows were kept"
                + (lost > 0 ? ", \(lost) older ones are lost" : ""))
    }

    // MARK: Opening

    private func openIfDue() {
        guard store == nil, !isClosed else { return }
        if failingSince != nil, let lastTry, MonotonicTime.now().since(lastTry) < retryInterval { return }
        for isSecond in [false, true] {
            do {
                _ = try opened()
                return
            } catch {
                lastTry = .now()
                if !isSecond, recover(from: error) { continue }
                noteFailure(error)
            }
        }
    }

    /// The open file; opens it where it is not, or is not the one at its path any more.
    private func opened() throws -> HistoryStore {
        if let store {
            if path == ":memory:" || store.identity == FileIdentity(path: path) { return store }
            log(.error, "the history's file was deleted or replaced; a new one is begun")
            forget()
        }
        let opened = try HistoryStore(path: path)
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
        isLoaded = true
    }

    private func carryOver(_ states: [String: TargetState], _ entries: [Outbox.Entry]) {
        // They are older than what was found out since.
        latestStates = states.merging(latestStates) { $1 }
        let delivered = Set(batch.deliveredKeys)
        _ = outbox.add(entries.filter { !delivered.contains($0.key) }, first: true)
        wake { _ in true }
    }

    /// Makes what is in memory to be written once more, into a new file.
    private func forget() {
        store?.close()
        store = nil
        for entry in outbox.entries { batch.addEntry(entry.key, of: entry.channel) }
    }

    /// Sets a damaged file aside; returns whether it is worth trying again.
    private func recover(from error: any Error) -> Bool {
        guard let error = error as? SQLiteError, error.isDamage, path != ":memory:" else { return false }
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

    private func salvage() {
        guard let database = try? Database(path: path, readOnly: true) else { return }
        let store = HistoryStore(reading: database)
        let states = (try? store.states()) ?? [:]
        let entries = (try? store.outbox(now: .now(), wallNow: .now()).entries) ?? []
        store.close()
        carryOver(states, entries)
    }

    private static func words(_ error: any Error) -> String {
        // Without the statement, which says nothing to who reads the log.
        (error as? SQLiteError).map { "\($0.message) (\($0.extendedCode))" } ?? "\(error)"
    }

    // MARK: Retention

    private func prune() {
        let now = MonotonicTime.now()
        guard let store, failingSince == nil else { return }
        if let lastPrune, now.since(lastPrune) < .seconds(5) { return }
        lastPrune = now
        let wall = WallTime.now()
        let day: Int64 = 86_400_000_000
        let cutoff = WallTime(microseconds: wall.microseconds &- Int64(retentionDays) &* day)
        do {
            // Faster than rows are added, and never for long: checks wait behind it.
            _ = try store.prune(rowsBefore: cutoff, limit: max(1000, writtenSincePrune * 4))
            writtenSincePrune = 0
            if lastHourPrune.map({ now.since($0) >= .seconds(86_400) }) ?? true {
                lastHourPrune = now
                let years = Int64(max(retentionDays, 730))
                try store.pruneHours(before: WallTime(microseconds: wall.microseconds &- years &* day))
            }
        } catch {
            // The next write meets it too, and says it.
            log(.debug, "old rows cannot be deleted: \(Self.words(error))")
        }
    }
}

extension SQLiteError {
    /// Whether the file itself is wrong: SQLITE_CORRUPT, SQLITE_NOTADB.
    var isDamage: Bool { code == 11 || code == 26 }
}
