import KeepAliveKit
import KeepAlivePlatform

/// The one writer of the history, and the keeper of the outbox.
///
/// What one check causes is one commit; checks that end together share one. While the store takes nothing (a full disk,
/// another program's lock) rows wait in memory up to a limit, and alerts go out from there. That is logged when it begins
/// and when it ends, reported to `trouble`, and what alerts depend on stands in the reserve meanwhile, so that a process
/// that is killed then alerts nothing twice.
actor History {
    private let executor = HistoryExecutor()
    // Unsafe as it is unowned: the actor owns the executor for as long as it has jobs.
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    let store: any HistoryStore
    /// Where the reserve is; nil without one.
    let reservePath: String?
    let retentionDays: Int
    let log: Log
    /// The least time between two tries to write what could not be written.
    let retryInterval: Duration
    /// For how long wall clock and monotonic clock have to have agreed before rows are deleted for their age.
    let clocksAgreeFor: Duration
    /// The last calls of services that call in, as the store says and as they come.
    let pushes: PushBoard
    /// Takes what keeps the history from being written, as a sentence; nil once it is over.
    let trouble: @Sendable (String?) -> Void

    var reserve: HistoryReserve?
    var isLoaded = false
    private(set) var isClosed = false
    /// How each target stands: as the store said at first, and then as its last check left it.
    var latestStates: [String: TargetState] = [:]
    /// The services whose last state that is written, or will be, is one at rest.
    private var resting: Set<String> = []
    /// The targets of the configuration and the channels; nil while nobody has named them.
    var watched: (names: Set<String>, channels: [String])?
    var batch = HistoryBatch()
    /// Events of records that are not committed yet: no channel gets them before.
    var staged: [Outbox.Entry] = []
    var waiting: [CheckedContinuation<Void, Never>] = []
    var isFlushScheduled = false
    var failingSince: MonotonicTime?
    var lastTry: MonotonicTime?
    var retry: Task<Void, Never>?
    /// The revision of the batch that the reserve holds.
    var savedRevision: UInt64 = 0
    var lostBefore = 0
    var clocks: ClockAgreement?
    var lastPrune: MonotonicTime?
    var lastRollUpPrune: MonotonicTime?
    var writtenSincePrune = 0

    var outbox: Outbox
    /// The keys of what is being sent.
    var sending: Set<String> = []
    var sleepers: [UInt64: Sleeper] = [:]
    var lastSleeper: UInt64 = 0
    private var generator = SystemRandomNumberGenerator()

    /// Never throws: `start`, or the first use, opens the store.
    init(
        store: sending any HistoryStore, reservePath: String?, retentionDays: Int, log: Log, pushes: PushBoard,
        pace: Outbox.Pace, retryInterval: Duration, clocksAgreeFor: Duration,
        trouble: @escaping @Sendable (String?) -> Void
    ) {
        self.store = store
        self.reservePath = reservePath
        self.retentionDays = retentionDays
        self.log = log
        self.retryInterval = retryInterval
        self.clocksAgreeFor = clocksAgreeFor
        self.pushes = pushes
        self.trouble = trouble
        outbox = Outbox(pace: pace)
    }

    /// How each target stood when the monitor was last running.
    func states() -> [String: TargetState] {
        loadIfDue()
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
    /// Whoever was alerted of such a service gets an event that nobody looks any more, since a pager goes on ringing until
    /// somebody says so. An alert that is open went to every channel of its target; which those were is not known any
    /// more, hence to all.
    func retire(allBut names: Set<String>, channels: [String]) async {
        loadIfDue()
        watched = (names, channels)
        let now = WallTime.now().microseconds
        for (name, state) in latestStates.sorted(by: { $0.key < $1.key }) where !names.contains(name) {
            latestStates[name] = nil
            let event = state.alert.map { alert in
                AlertEvent(
                    kind: .removed, service: name, severity: alert.severity,
                    message: "it was removed from the configuration", triggeredAt: alert.openedAt, happenedAt: now)
            }
            log(.info, "\(name) is no longer watched" + (event == nil ? "" : ": its open alert is closed"))
            batch.addRetired(name, event)
            if let event { stage([event], channels) }
        }
        // The silence of a service that never calls in counts from here.
        for (name, record) in pushes.neverKnown(now: .now()) { batch.addPush(record, of: name) }
        if !batch.isEmpty { await committed() }
    }

    private func stage(_ events: [AlertEvent], _ channels: [String]) {
        guard !events.isEmpty else { return }
        let now = MonotonicTime.now()
        let entries = events.flatMap { event in
            channels.map { Outbox.Entry(key: event.key(for: $0), channel: $0, event: event, dueAt: now) }
        }
        staged += entries
        batch.addEntries(entries.map { OutboxRow($0) })
    }

    @discardableResult
    func note(_ delivery: Delivery, for entry: Outbox.Entry) async -> (left: Outbox.Entry?, trouble: String?) {
        sending.remove(entry.key)
        let left = outbox.note(delivery, for: entry, at: .now(), using: &generator)
        let trouble = outbox.trouble(of: entry.channel)
        if let left { batch.addEntries([OutboxRow(left)]) } else { batch.addDelivered(entry.key) }
        if delivery.isDelivered {
            let receipt = DeliveryReceipt(channel: entry.channel, deliveredAt: WallTime.now().iso8601)
            batch.addReceipt(receipt, of: entry.event)
        }
        wakeAll()
        await committed()
        return (left, trouble)
    }

    /// Returns once what is in the batch was committed, or is kept in memory.
    private func committed() async {
        await withCheckedContinuation { continuation in
            waiting.append(continuation)
            scheduleFlush()
        }
    }

    /// Rows that were lost because the store took none for too long.
    var lostRows: Int { batch.lost }

    /// Writes what is left and closes the store; later calls keep nothing.
    func close() {
        flush(isLast: true)
        retry?.cancel()
        store.close()
        isClosed = true
        wakeAll()
    }
}
