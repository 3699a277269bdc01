import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// What waits for its commit: what makes room, what a newer value replaces, and what the reserve leaves out.
struct HistoryBatchTests {
    private static func row(_ kind: AlertEvent.Kind = .opened, attempts: Int = 0) -> OutboxRow {
        let event = ChannelScene.event(kind)
        return OutboxRow(
            key: event.key(for: "a"), channel: "a", event: event, attempts: attempts, dueAt: 5, lastError: nil)
    }

    private static func state(_ status: ProbeStatus) -> TargetState {
        var state = TargetState()
        _ = state.record(status, at: 0, rules: .init())
        return state
    }

    @Test func aFullBatchLosesItsOldestRowsAndCountsThem() {
        var batch = HistoryBatch()
        for number in 0..<HistoryBatch.limit { batch.add(HistoryScene.check("s\(number)"), nil, []) }
        #expect(batch.checks.count == 10_000 && batch.lost == 0)
        for number in 0..<3 { batch.add(HistoryScene.check("t\(number)"), nil, [ChannelScene.event()]) }
        #expect(batch.checks.count == HistoryBatch.limit && batch.lost == 3)
        #expect(batch.checks.first?.service == "s3" && batch.checks.last?.service == "t2")
        #expect(batch.rows == HistoryBatch.limit + 3)
        // The next batch goes on counting.
        #expect(HistoryBatch(after: batch).lost == 3)
        #expect(HistoryBatch(after: batch).isEmpty)
    }

    @Test func onlyWhatAlertsDependOnIsARevision() {
        var batch = HistoryBatch()
        batch.add(HistoryScene.check(), nil, [])
        #expect(batch.revision == 0 && !batch.isEmpty)
        batch.add(HistoryScene.check(), Self.state(.healthy), [])
        batch.add(HistoryScene.check(), nil, [ChannelScene.event()])
        #expect(batch.revision == 2)
        // The timeline holds no test alerts.
        batch.add(HistoryScene.check(), nil, [ChannelScene.event(.test)])
        #expect(batch.events.map(\.kind) == [.opened])
        #expect(HistoryBatch(after: batch).revision == batch.revision)
    }

    @Test func aNewerEntryTakesTheOlderOnesPlace() {
        var batch = HistoryBatch()
        batch.addEntries([Self.row(), Self.row(.resolved)])
        batch.addEntries([Self.row(attempts: 7), Self.row(.repeated)])
        #expect(batch.entries.map(\.event.kind) == [.opened, .resolved, .repeated])
        #expect(batch.entries.map(\.attempts) == [7, 0, 0])
        batch.addDelivered(Self.row(.resolved).key)
        #expect(batch.entries.map(\.event.kind) == [.opened, .repeated])
        #expect(batch.delivered == [Self.row(.resolved).key])
        #expect(batch.revision == 3)
    }

    @Test func aTargetThatIsGoneLeavesTheEndOfItsAlert() {
        var batch = HistoryBatch()
        batch.add(HistoryScene.check(), Self.state(.unhealthy), [])
        batch.addMarks(ServiceMarks(), of: "casino", nil)
        batch.addPush(PushRecord(firstKnownAt: 0), of: "casino")
        batch.addRetired("casino", ChannelScene.event(.removed))
        #expect(batch.states.isEmpty && batch.marks?.isEmpty == true && batch.pushes.isEmpty)
        #expect(batch.retired == ["casino"] && batch.events.map(\.kind) == [.removed])
    }

    /// What an earlier run could not write comes first, and what this run knows is newer.
    @Test func anEarlierRunsRestComesFirst() {
        var earlier = HistoryBatch()
        earlier.add(Self.state(.unhealthy), of: "web", [ChannelScene.event()])
        earlier.addRetired("gone", nil)
        earlier.addEntries([Self.row(), Self.row(.resolved)])
        earlier.addDelivered("key of another")
        var batch = HistoryBatch()
        batch.add(earlier)
        #expect(batch.events.map(\.kind) == [.opened] && batch.states.keys.sorted() == ["web"])
        #expect(batch.retired == ["gone"] && batch.delivered == ["key of another"])
        #expect(batch.entries.map(\.event.kind) == [.opened, .resolved])
        #expect(batch.revision > 0, "it must be kept in the reserve until it is written")
    }

    /// Calls and marks, too; what was said in this run is the later word.
    @Test func anEarlierRunsCallsAndMarksAreKept() {
        func noted(_ words: String) -> ServiceMarks {
            var marks = ServiceMarks()
            _ = marks.apply(.note(words), to: "web", by: "ana", at: 1, alert: nil)
            return marks
        }
        var earlier = HistoryBatch()
        earlier.addPush(PushRecord(firstKnownAt: 1, calledAt: 2), of: "cron")
        for name in ["web", "db"] { earlier.addMarks(noted("before"), of: name, nil) }
        var batch = HistoryBatch()
        batch.addMarks(noted("now"), of: "web", nil)
        batch.add(earlier)
        #expect(batch.pushes == ["cron": PushRecord(firstKnownAt: 1, calledAt: 2)])
        #expect(batch.marks?["web"]?.noted?.note == "now")
        #expect(batch.marks?["db"]?.noted?.note == "before")
    }

    @Test func whatWaitsIsNewerThanAnAbandonedStoresContent() {
        var batch = HistoryBatch()
        batch.add(HistoryScene.check("casino"), Self.state(.healthy), [])
        batch.add(states: ["casino": Self.state(.unhealthy), "web": Self.state(.unhealthy)], [Self.row()])
        #expect(batch.states["casino"]?.status == .healthy && batch.states["web"]?.status == .unhealthy)
        #expect(batch.entries.count == 1)
    }

    @Test func aSmallReserveKeepsWhatIsToBeSent() {
        var batch = HistoryBatch()
        batch.add(HistoryScene.check(), Self.state(.unhealthy), [ChannelScene.event()])
        batch.addEntries([Self.row(), Self.row(.repeated)])
        let smaller = batch.smaller
        #expect(smaller.map(\.events.count) == [1, 0, 0])
        #expect(smaller.map(\.entries.count) == [2, 2, 1])
        #expect(smaller.last?.entries.first?.event.kind == .opened)
        #expect(smaller.allSatisfy { $0.states.count == 1 })
    }

    /// A due time beyond a day means that the clock was changed: no alert waits for longer.
    @Test(
        arguments: [
            (0, 0), (1, 1), (86_400_000_000, 86_400_000_000), (86_400_000_001, 0), (-1, 0), (.max, 0), (.min, 0),
        ] as [(Int64, Int64)])
    func anEntryIsDueWithinADay(ahead: Int64, wait: Int64) {
        let now = MonotonicTime(nanoseconds: 1_000_000_000)
        let row = OutboxRow(
            key: "k", channel: "a", event: ChannelScene.event(), attempts: 2,
            dueAt: ahead == .min ? .min : 7_000_000 &+ ahead, lastError: "e")
        let entry = row.entry(now: now, wallNow: WallTime(microseconds: 7_000_000))
        #expect(entry.dueAt == now.advanced(by: .microseconds(wait)))
        #expect(entry.attempts == 2 && entry.lastError == "e" && !entry.isEscalation)
    }

    /// Another process has another monotonic clock, and some time has passed.
    @Test func anEntryThatWasKeptIsDueAtItsTime() {
        let now = MonotonicTime(nanoseconds: 5_000_000_000)
        let entry = Outbox.Entry(
            key: "k", channel: "a", event: ChannelScene.event(), attempts: 2, dueAt: now.advanced(by: .seconds(90)),
            lastError: "e", isEscalation: true)
        let row = OutboxRow(entry, now: now, wallNow: WallTime(microseconds: 1_000_000))
        #expect(row.dueAt == 91_000_000)
        let start = MonotonicTime(nanoseconds: 7)
        let again = row.entry(now: start, wallNow: WallTime(microseconds: 31_000_000))
        #expect(again.dueAt == start.advanced(by: .seconds(60)))
        #expect(again.key == "k" && again.attempts == 2 && again.isEscalation)
    }

    @Test func countsAreSubtractedDownToZero() {
        var tally = UptimeTally()
        tally.add([5, 4, 3, 2, 1], responses: 4, sum: 100)
        tally.add([1, 1, 1, 1, 1, 9], responses: 2, sum: 20)
        tally.add([2, 9, 0, 0, 0], responses: 2, sum: 60, sign: -1)
        let uptime = tally.uptime
        #expect(
            [uptime.healthy, uptime.degraded, uptime.unhealthy, uptime.unknown, uptime.maintenance] == [4, 0, 4, 3, 2])
        #expect(uptime.averageResponseMilliseconds == 15)
        #expect(UptimeTally().uptime.averageResponseMilliseconds == nil)
    }

    /// Also the steps of timelines, whoever caused them, and who was told of them.
    @Test func theRestOfAFullBatchIsBoundedToo() {
        var batch = HistoryBatch()
        let events = (0...Int64(HistoryBatch.limit)).map { ChannelScene.event(after: $0) }
        batch.add(Self.state(.unhealthy), of: "web", events)
        #expect(batch.events.count == HistoryBatch.limit && batch.lost == 1)
        batch.addMarks(ServiceMarks(), of: "web", events[0])
        #expect(batch.events.count == HistoryBatch.limit && batch.lost == 2)
        #expect(batch.events.first == events[2] && batch.events.last == events[0])
        for event in events { batch.addReceipt(DeliveryReceipt(channel: "a", deliveredAt: "2026"), of: event) }
        #expect(batch.receipts.count == HistoryBatch.limit && batch.lost == 2)
    }

    /// The earliest first, whatever order the store has.
    @Test(
        arguments: [
            (#"{"b": "2026-01-01", "a": "2026-01-02", "c": "2026-01-01"}"#, ["b", "c", "a"]),
            (#"{"a": 1, "b": "2026-01-01"}"#, ["b"]), ("[]", []), ("", []),
        ] as [(String, [String])])
    func receiptsAreReadByTime(json: String, channels: [String]) {
        #expect(StepReceipts.told(json).map(\.channel) == channels)
    }

    /// What makes room for newer alerts must not come back after a restart.
    @Test func whatIsDroppedLeavesTheStore() async {
        let rows = (0..<Outbox.limit).map { number in
            let event = ChannelScene.event(service: "s\(number)")
            return OutboxRow(
                key: event.key(for: "a"), channel: "a", event: event, attempts: 0, dueAt: 5, lastError: nil)
        }
        let delivered = EventLog<[String]>()
        let history = History(
            store: WaitingStore(rows, delivered), reservePath: nil, retentionDays: 30, log: .none, pushes: PushBoard(),
            pace: .quick, retryInterval: .zero, clocksAgreeFor: .zero
        ) { _ in }
        #expect(await history.waitingChannels() == ["a": Outbox.limit])
        let event = ChannelScene.event(service: "new")
        await history.record(HistoryScene.check(), state: TargetState(), events: [event], channels: ["a"])
        #expect(await history.waitingChannels() == ["a": Outbox.limit])
        await history.close()
        #expect(delivered.elements.flatMap(\.self).count == 1)
    }
}

/// A store whose outbox is not empty, and which keeps what leaves it.
private final class WaitingStore: HistoryStore {
    private let rows: [OutboxRow]
    private let delivered: EventLog<[String]>

    init(_ rows: [OutboxRow], _ delivered: EventLog<[String]>) { (self.rows, self.delivered) = (rows, delivered) }

    func load() throws(HistoryFailure) -> HistoryContents { HistoryContents(outbox: rows) }
    func commit(_ batch: HistoryBatch) throws(HistoryFailure) { delivered.append(batch.delivered) }
    func prune(_ age: HistoryAge, at now: WallTime, limit: Int) throws(HistoryFailure) {}
    func close() {}
}
