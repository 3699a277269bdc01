import KeepAliveKit
import KeepAlivePlatform

/// Uncommitted data in order of occurrence; it is committed as a whole or not at all. Pure.
///
/// While the store accepts nothing, the batch grows to its limits, then drops its oldest rows and counts them. Its
/// coded form for the reserve holds only what alerts depend on.
struct HistoryBatch: Codable, Sendable {
    static let limit = 10_000

    private(set) var checks: [CheckRecord] = []
    private(set) var events: [AlertEvent] = []
    /// The latest state of each target.
    private(set) var states: [String: TargetState] = [:]
    /// New or changed outbox entries, in order.
    private(set) var entries: [OutboxRow] = []
    /// The keys of the entries that have left the outbox.
    private(set) var delivered: [String] = []
    /// The channels that accepted each event, for the alert's timeline.
    private(set) var receipts: [(event: AlertEvent, receipt: DeliveryReceipt)] = []
    /// The targets that are no longer monitored.
    private(set) var retired: [String] = []
    /// The last calls of the push services.
    private(set) var pushes: [String: PushRecord] = [:]
    /// What people have said about services, by name. Optional, so that a reserve of an earlier version can be read.
    private(set) var marks: [String: ServiceMarks]?
    /// The result of the last comparison of the clocks, if any.
    var clocks: ClockAgreement?
    private(set) var lost = 0
    /// Counts additions that alerts depend on: everything but checks.
    private(set) var revision: UInt64 = 0

    private enum CodingKeys: String, CodingKey { case events, states, entries, delivered, retired, pushes, marks }

    init(after batch: HistoryBatch? = nil) {
        lost = batch?.lost ?? 0
        revision = batch?.revision ?? 0
    }

    var isEmpty: Bool {
        checks.isEmpty && events.isEmpty && states.isEmpty && entries.isEmpty && delivered.isEmpty
            && retired.isEmpty && receipts.isEmpty && pushes.isEmpty && marks == nil && clocks == nil
    }

    var rows: Int { checks.count + events.count }

    /// - Parameter state: nil if it equals the state written last.
    mutating func add(_ record: CheckRecord, _ state: TargetState?, _ events: [AlertEvent]) {
        checks.append(record)
        if let state { states[record.service] = state }
        if state != nil || !events.isEmpty { revision &+= 1 }
        self.events += events.filter { $0.kind != .test }
        lost &+= Self.shorten(&checks) &+ Self.shorten(&self.events)
    }

    /// - Parameter name: of something that is checked by no probe.
    mutating func add(_ state: TargetState, of name: String, _ events: [AlertEvent]) {
        states[name] = state
        self.events += events
        lost &+= Self.shorten(&self.events)
        revision &+= 1
    }

    /// Removes a target and keeps the event that ends its alert.
    mutating func addRetired(_ service: String, _ event: AlertEvent?) {
        retired.append(service)
        states[service] = nil
        pushes[service] = nil
        marks?[service] = nil
        if let event { events.append(event) }
        revision &+= 1
    }

    mutating func addPush(_ record: PushRecord, of service: String) {
        pushes[service] = record
        revision &+= 1
    }

    /// - Parameter event: the step for the timeline.
    mutating func addMarks(_ marks: ServiceMarks, of service: String, _ event: AlertEvent?) {
        self.marks = (self.marks ?? [:]).merging([service: marks]) { $1 }
        if let event { events.append(event) }
        lost &+= Self.shorten(&events)
        revision &+= 1
    }

    /// Adds the content of an abandoned store, unless newer data waits.
    mutating func add(states older: [String: TargetState], _ entries: [OutboxRow]) {
        states.merge(older) { newer, _ in newer }
        addEntries(entries)
    }

    /// Adds what an earlier run could not write, before anything of this run.
    mutating func add(_ earlier: HistoryBatch) {
        events += earlier.events
        states.merge(earlier.states) { $1 }
        retired += earlier.retired
        pushes.merge(earlier.pushes) { $1 }
        if let older = earlier.marks { marks = older.merging(marks ?? [:]) { $1 } }
        for key in earlier.delivered { addDelivered(key) }
        addEntries(earlier.entries)
    }

    /// Adds new or changed entries.
    mutating func addEntries(_ rows: [OutboxRow]) {
        revision &+= 1
        let changed = Dictionary(rows.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
        let known = Set(entries.map(\.key))
        entries = entries.map { changed[$0.key] ?? $0 } + rows.filter { !known.contains($0.key) }
    }

    mutating func addDelivered(_ key: String) {
        revision &+= 1
        delivered.append(key)
        entries.removeAll { $0.key == key }
    }

    mutating func addReceipt(_ receipt: DeliveryReceipt, of event: AlertEvent) {
        receipts.append((event, receipt))
        // A missing receipt only leaves a channel out of a timeline, so it does not count as lost.
        _ = Self.shorten(&receipts)
    }

    /// Smaller batches without the less important data: first without the timeline, then without repeated failures.
    var smaller: [HistoryBatch] {
        var second = self
        second.events = []
        var third = second
        third.entries.removeAll { $0.event.kind == .repeated }
        return [self, second, third]
    }

    private static func shorten<Element>(_ list: inout [Element]) -> Int {
        let surplus = list.count - limit
        guard surplus > 0 else { return 0 }
        list.removeFirst(surplus)
        return surplus
    }
}
