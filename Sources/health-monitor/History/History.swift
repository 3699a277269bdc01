import KeepAliveKit
import KeepAlivePlatform

/// The only writer of the history; it also keeps the outbox.
///
/// One check causes one commit; checks that end together share one.
/// While the store accepts nothing (a full disk, another program's lock), rows wait in memory up to a limit, and alerts
/// are sent from there. The log and `trouble` report when this begins and ends. Meanwhile the reserve keeps what alerts
/// depend on, so that a killed process repeats no alert.
actor History {
    private let executor = HistoryExecutor()
    // Unsafe because it is unowned: the actor owns the executor while it has jobs.
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    let store: any HistoryStore
    /// The path of the reserve; nil without one.
    let reservePath: String?
    let retentionDays: Int
    let log: Log
    /// The shortest time between two attempts to write after a failure.
    let retryInterval: Duration
    /// How long both clocks must agree before old rows are deleted.
    let clocksAgreeFor: Duration
    /// The last calls of the push services, from the store and from new calls.
    let pushes: PushBoard
    /// Whether alerts leave while the store cannot be written. Among several monitors they do not: another may lead.
    let sendsUncommitted: Bool
    /// Whether alerts of services are sent while it cannot be written. A vantage tells then only that it is cut off.
    let alertsContinue: Bool
    /// Receives the reason why the history cannot be written; nil once it can.
    let trouble: @Sendable (String?) -> Void

    /// Receives the reason why a store that was away at the start must not be used.
    var refused: (@Sendable (KeepAliveError) -> Void)?
    var reserve: HistoryReserve?
    var isLoaded = false
    var isClosed = false
    /// Each target's state: first from the store, then from its last check.
    var latestStates: [String: TargetState] = [:]
    /// What people have said about each service.
    var latestMarks: [String: ServiceMarks] = [:]
    /// The delays of the channels with `after`.
    var delays: [String: Duration] = [:]
    /// The alerts whose acknowledgement was taken back since their service's last check, by service, and how long their
    /// overdue events wait for that check.
    var resumed: [String: (alert: String, until: MonotonicTime)] = [:]
    /// The services whose last written or queued state is at rest.
    private var resting: Set<String> = []
    /// The configured targets and channels; nil before they are named.
    var watched: (names: Set<String>, channels: [String])?
    /// The revision of each service's last record of a call.
    private var pushRevisions: [String: UInt64] = [:]
    var batch = HistoryBatch()
    /// Events of uncommitted records: channels get them only after the commit.
    var staged: [Outbox.Entry] = []
    var waiting: [CheckedContinuation<Void, Never>] = []
    var isFlushScheduled = false
    var failingSince: MonotonicTime?
    var lastTry: MonotonicTime?
    var retry: Task<Void, Never>?
    /// The revision of the batch in the reserve.
    var savedRevision: UInt64 = 0
    var lostBefore = 0
    var clocks: ClockAgreement?
    var lastPrune: MonotonicTime?
    var lastRollUpPrune: MonotonicTime?
    var writtenSincePrune = 0

    var outbox: Outbox
    /// The keys of the entries being sent.
    var sending: Set<String> = []
    var sleepers: [UInt64: Sleeper] = [:]
    var lastSleeper: UInt64 = 0
    private var generator = SystemRandomNumberGenerator()

    /// Never throws: `start` or the first use opens the store.
    init(
        store: sending any HistoryStore, reservePath: String?, retentionDays: Int, log: Log, pushes: PushBoard,
        pace: Outbox.Pace, retryInterval: Duration, clocksAgreeFor: Duration, sendsUncommitted: Bool = true,
        alertsContinue: Bool? = nil,
        trouble: @escaping @Sendable (String?) -> Void
    ) {
        self.store = store
        self.reservePath = reservePath
        self.retentionDays = retentionDays
        self.log = log
        self.retryInterval = retryInterval
        self.clocksAgreeFor = clocksAgreeFor
        self.pushes = pushes
        self.sendsUncommitted = sendsUncommitted
        self.alertsContinue = alertsContinue ?? sendsUncommitted
        self.trouble = trouble
        outbox = Outbox(pace: pace)
    }

    /// Each target's state from the monitor's last run.
    func states() -> [String: TargetState] {
        loadIfDue()
        return latestStates
    }

    /// Keeps everything that one check caused and queues its events, one for each channel. Returns once it is
    /// committed, or kept in memory if it cannot be.
    func record(_ record: CheckRecord, state: TargetState, events: [AlertEvent], channels: [String]) async {
        // Most targets stay healthy for long; one record of it is enough.
        let isNews = !state.isAtRest || !resting.contains(record.service)
        if state.isAtRest { resting.insert(record.service) } else { resting.remove(record.service) }
        latestStates[record.service] = state
        batch.add(record, isNews ? state : nil, events)
        stage(events, channels)
        endPatience(with: record.service)
        await committed()
    }

    /// Keeps a service's call. Returns once it is committed or otherwise survives a kill; if neither is possible, it
    /// stays in memory only.
    func push(_ service: String, _ record: PushRecord) async {
        // A later call was faster: its record holds this call too.
        if record.revision >= pushRevisions[service] ?? 0 {
            pushRevisions[service] = record.revision
            batch.addPush(record, of: service)
        }
        await committed()
    }

    /// Removes all services but these: the alert of a removed service would otherwise stay open.
    ///
    /// Channels that know its alert get a `removed` event, because a pager rings until the alert is closed.
    ///
    /// - Parameters:
    ///   - channels: the names of all channels.
    ///   - containers: the services that came from containers.
    func retire(allBut names: Set<String>, channels: [String], containers: Set<String> = []) async {
        loadIfDue()
        watched = (names, channels)
        let now = WallTime.now().microseconds
        for (name, state) in latestStates.sorted(by: { $0.key < $1.key }) where !names.contains(name) {
            latestStates[name] = nil
            resumed[name] = nil
            resting.remove(name)
            pushRevisions[name] = nil
            let event = state.alert.map { alert in
                var event = AlertEvent(
                    kind: .removed, service: name, severity: alert.severity,
                    message: containers.contains(name)
                        ? "its container was removed" : "it was removed from the configuration",
                    triggeredAt: alert.openedAt, happenedAt: now)
                // The service was silenced when the alert opened: no channel has anything to close.
                if alert.isUntold == true { event.isQuiet = true }
                return event
            }
            log(.info, "\(name) is no longer watched" + (event == nil ? "" : ": its open alert is closed"))
            batch.addRetired(name, event)
            latestMarks[name] = latestMarks[name]?.withoutService(at: now)
            if let marks = latestMarks[name] { batch.addMarks(marks, of: name, nil) }
            if let event { stage([event], state.told(among: channels) ?? channels) }
        }
        await watchPushes()
    }

    /// The silence of a service that never calls starts now.
    func watchPushes() async {
        for (name, record) in pushes.neverKnown(now: .now()) { batch.addPush(record, of: name) }
        if !batch.isEmpty { await committed() }
    }

    func stage(_ events: [AlertEvent], _ channels: [String]) {
        let now = MonotonicTime.now()
        for event in events where event.isQuiet != true {
            let entries = channels.compactMap { channel in
                let entry = Outbox.Entry(key: event.key(for: channel), channel: channel, event: event, dueAt: now)
                return delays[channel].map { escalate(entry, after: $0, at: now) } ?? entry
            }
            staged += entries
            batch.addEntries(entries.map { OutboxRow($0) })
        }
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

    /// So many callers do not wait for more.
    private static let mostWaiting = 64

    /// Returns once the current batch is committed, or kept in memory.
    func committed() async {
        await withCheckedContinuation { continuation in
            waiting.append(continuation)
            // At the turn of the hour thousands call at once, and each holds a connection until it is answered.
            if waiting.count >= Self.mostWaiting { flush() } else { scheduleFlush() }
        }
    }

    /// Rows lost because the store accepted none for too long.
    var lostRows: Int { batch.lost }

    /// Writes the rest and closes the store; later calls keep nothing.
    func close() {
        flush(isLast: true)
        retry?.cancel()
        store.close()
        isClosed = true
        wakeAll()
    }
}
