import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite

/// The one writer of the history, and the keeper of the outbox.
///
/// What one check causes is one transaction; checks that end together share one. A file of ours that is damaged is set
/// aside as `PATH.damaged-TIME`, with what could still be read of states and outbox carried over; one that may be somebody
/// else's is never touched. While the file cannot be written (a full disk, another program's lock) rows wait in memory up
/// to a limit, and alerts go out from there. That is logged when it begins and when it ends, reported to `trouble`, and what
/// alerts depend on stands in the reserve meanwhile, so that a process that is killed then alerts nothing twice.
actor History {
    private let executor = HistoryExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let path: String
    let retentionDays: Int
    let log: Log
    /// The least time between two tries to write a file that could not be written.
    let retryInterval: Duration
    /// For how long wall clock and monotonic clock have to have agreed before rows are deleted for their age.
    let clocksAgreeFor: Duration
    /// The last calls of services that call in, as the file says and as they come.
    let pushes: PushBoard
    /// Takes what keeps the history from being written, as a sentence; nil once it is over.
    private let trouble: @Sendable (String?) -> Void

    var store: HistoryStore?
    var reserve: HistoryReserve?
    var isLoaded = false
    var isClosed = false
    /// How each target stands: as the file said at first, and then as its last check left it.
    var latestStates: [String: TargetState] = [:]
    /// The targets of the configuration and the channels; nil while nobody has named them.
    var watched: (names: Set<String>, channels: [String])?
    var batch = HistoryBatch()
    /// Events of records that are not committed yet: nobody is told before.
    private var staged: [Outbox.Entry] = []
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var isFlushScheduled = false
    private(set) var failingSince: MonotonicTime?
    var lastTry: MonotonicTime?
    private var retry: Task<Void, Never>?
    /// The revision of the batch that the reserve holds.
    private var savedRevision: UInt64 = 0
    private var lostBefore = 0
    var lastPrune: MonotonicTime?
    var lastHourPrune: MonotonicTime?
    var writtenSincePrune = 0

    /// The services whose last state that is written, or will be, is one at rest.
    private var resting: Set<String> = []

    var outbox: Outbox
    /// The keys of what is being sent.
    var sending: Set<String> = []
    var sleepers: [UInt64: Sleeper] = [:]
    var lastSleeper: UInt64 = 0
    var generator = SystemRandomNumberGenerator()

    /// Never throws: `start`, or the first use, opens the file.
    init(
        path: String, retentionDays: Int, log: Log, pushes: PushBoard = PushBoard(), pace: Outbox.Pace = Outbox.Pace(),
        retryInterval: Duration = .seconds(1), clocksAgreeFor: Duration = .seconds(7200),
        trouble: @escaping @Sendable (String?) -> Void = { _ in }
    ) {
        self.path = path
        self.retentionDays = retentionDays
        self.log = log
        self.retryInterval = retryInterval
        self.clocksAgreeFor = clocksAgreeFor
        self.pushes = pushes
        self.trouble = trouble
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

    /// Keeps that a service has called in. Returns once that is committed, or is kept where a kill does not reach it; in
    /// memory alone where even that cannot be.
    func push(_ service: String, _ record: PushRecord) async {
        batch.addPush(record, of: service)
        await committed()
    }

    /// Forgets all services but these: what was taken out of the configuration would keep its alert for ever.
    ///
    /// Whoever was told that such a service is down is told that nobody looks any more, since a pager goes on ringing
    /// until somebody says so. An alert that is open was told to every channel of its target; which those were is not
    /// known any more, hence to all.
    func retire(allBut names: Set<String>, channels: [String]) async {
        openIfDue()
        watched = (names, channels)
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
        // The silence of a service that never calls in counts from here.
        for (name, record) in pushes.neverKnown(now: .now()) { batch.addPush(record, of: name) }
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
        retry?.cancel()
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
        if delivery.isDelivered {
            batch.addReceipt(
                DeliveryReceipt(channel: entry.channel, deliveredAt: WallTime.now().iso8601), of: entry.event)
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
        if !isClosed {
            write(isLast: isLast)
            // Before anybody is told of what could not be committed.
            if !batch.isEmpty { saveToReserve() }
        }
        let woken = waiting
        waiting = []
        for continuation in woken { continuation.resume() }
        if hasNews { wake { _ in true } }
        if !isLast { prune() }
    }

    private func write(isLast: Bool) {
        guard !batch.isEmpty || failingSince != nil else { return }
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
                batch = HistoryBatch(lost: batch.lost, revision: batch.revision)
                if savedRevision > 0 { reserve?.clear() }
                savedRevision = 0
                return
            } catch {
                lastTry = .now()
                if !isSecond, recover(from: error) { continue }
                noteFailure(error)
                return
            }
        }
    }

    func noteFailure(_ error: any Error) {
        store?.wait(forLocks: false)
        trouble("\(Self.trouble(error, path)). Checks and alerts go on; what they found waits in memory.")
        retryLater()
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
        store?.wait(forLocks: true)
        trouble(nil)
        let lost = batch.lost &- lostBefore
        log(
            .warn,
            "the history is written again: \(batch.rows) rows were kept"
                + (lost > 0 ? ", \(lost) older ones are lost" : ""))
    }

    /// Checks may be minutes apart; that there is room again is found sooner.
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
        guard let reserve, batch.revision != savedRevision else { return }
        let entries = batch.entries.compactMap { outbox.entry($0.key, of: $0.channel) }
        if reserve.save(PendingHistory(batch, entries, now: .now(), wallNow: .now())) {
            savedRevision = batch.revision
        }
    }

    /// What was read from the reserve is written with the next batch, and the reserve is emptied then.
    func noteRestored() {
        savedRevision = batch.revision
        scheduleFlush()
    }
}
