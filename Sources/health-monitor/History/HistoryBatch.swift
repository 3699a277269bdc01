import KeepAliveKit
import KeepAlivePlatform

/// What is still to be committed, in the order in which it happened; it is committed as a whole, or stays. Pure.
///
/// While the store takes nothing it grows to its limits, then loses its oldest rows and counts them. What alerts depend on
/// is what is coded, for the reserve.
struct HistoryBatch: Codable, Sendable {
    static let limit = 10_000

    private(set) var checks: [CheckRecord] = []
    private(set) var events: [AlertEvent] = []
    /// The latest state of each target.
    private(set) var states: [String: TargetState] = [:]
    /// The outbox entries that are new or changed, in order.
    private(set) var entries: [OutboxRow] = []
    /// The keys of those that have left the outbox.
    private(set) var delivered: [String] = []
    /// Which channels took what, for the alert's timeline.
    private(set) var receipts: [(event: AlertEvent, receipt: DeliveryReceipt)] = []
    /// The targets that are watched no more.
    private(set) var retired: [String] = []
    /// The last calls of services that call in.
    private(set) var pushes: [String: PushRecord] = [:]
    /// What the last look at the clocks found, where there was one.
    var clocks: ClockAgreement?
    private(set) var lost = 0
    /// Counts what was added that alerts depend on: all but checks.
    private(set) var revision: UInt64 = 0

    private enum CodingKeys: String, CodingKey { case events, states, entries, delivered, retired, pushes }

    init(after batch: HistoryBatch? = nil) {
        lost = batch?.lost ?? 0
        revision = batch?.revision ?? 0
    }

    var isEmpty: Bool {
        checks.isEmpty && events.isEmpty && states.isEmpty && entries.isEmpty && delivered.isEmpty
            && retired.isEmpty && receipts.isEmpty && pushes.isEmpty && clocks == nil
    }

    var rows: Int { checks.count + events.count }

    /// - Parameter state: nil where it says no more than the one that was written last.
    mutating func add(_ record: CheckRecord, _ state: TargetState?, _ events: [AlertEvent]) {
        checks.append(record)
        if let state { states[record.service] = state }
        if state != nil || !events.isEmpty { revision &+= 1 }
        self.events += events.filter { $0.kind != .test }
        lost &+= Self.shorten(&checks) &+ Self.shorten(&self.events)
    }

    /// Forgets a target, and keeps the event that ends its alert.
    mutating func addRetired(_ service: String, _ event: AlertEvent?) {
        retired.append(service)
        states[service] = nil
        if let event { events.append(event) }
        revision &+= 1
    }

    mutating func addPush(_ record: PushRecord, of service: String) {
        pushes[service] = record
        revision &+= 1
    }

    /// Adds what a store held that is out of use now, unless something newer is to be committed.
    mutating func add(states older: [String: TargetState], _ entries: [OutboxRow]) {
        states.merge(older) { newer, _ in newer }
        addEntries(entries)
    }

    /// Adds what an earlier run could not write, before anything of this one.
    mutating func add(_ earlier: HistoryBatch) {
        events += earlier.events
        states.merge(earlier.states) { $1 }
        retired += earlier.retired
        pushes.merge(earlier.pushes) { $1 }
        for key in earlier.delivered { addDelivered(key) }
        addEntries(earlier.entries)
    }

    /// Adds entries that are new, or have changed.
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
        // Where one is missing, a timeline does not name a channel: nothing that is counted as lost.
        _ = Self.shorten(&receipts)
    }

    /// The same without what can be missed: first the timeline, then that failures go on.
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
