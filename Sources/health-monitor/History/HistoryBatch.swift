import KeepAliveKit
import KeepAlivePlatform

/// What is still to be written, in the order in which it happened; it is written in one transaction, or stays. Pure.
///
/// While the disk is full it grows to its limits, then loses its oldest rows and counts them.
struct HistoryBatch: Sendable {
    static let limit = 10_000

    private(set) var checks: [CheckRecord] = []
    private(set) var events: [AlertEvent] = []
    /// The latest state of each target.
    private(set) var states: [String: TargetState] = [:]
    /// The outbox entries that are new or changed, by key, in order; those that were delivered since may be among them.
    private(set) var entries: [(key: String, channel: String)] = []
    private var entryKeys: Set<String> = []
    private(set) var deliveredKeys: [String] = []
    /// Which channels took what, for the alert's timeline.
    private(set) var receipts: [(event: AlertEvent, receipt: DeliveryReceipt)] = []
    /// The targets that are watched no more.
    private(set) var retired: [String] = []
    /// The last calls of services that call in.
    private(set) var pushes: [String: PushRecord] = [:]
    private(set) var lost: Int
    /// Counts what was added that alerts depend on: all but checks.
    private(set) var revision: UInt64

    init(lost: Int = 0, revision: UInt64 = 0) {
        self.lost = lost
        self.revision = revision
    }

    var isEmpty: Bool {
        checks.isEmpty && events.isEmpty && states.isEmpty && entries.isEmpty && deliveredKeys.isEmpty
            && retired.isEmpty && receipts.isEmpty && pushes.isEmpty
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

    /// Keeps a state that was read from a file that is out of use now, unless there is a newer one.
    mutating func addState(_ state: TargetState, of service: String) {
        if states[service] == nil { states[service] = state }
        revision &+= 1
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

    /// Adds what an earlier run could not write, before anything of this one.
    mutating func add(_ pending: PendingHistory) {
        events += pending.events
        states.merge(pending.states) { $1 }
        retired += pending.retired
        pushes.merge(pending.pushes) { $1 }
        for key in pending.delivered { addDelivered(key) }
        for entry in pending.entries { addEntry(entry.key, of: entry.channel) }
        revision &+= 1
    }

    mutating func addEntry(_ key: String, of channel: String) {
        revision &+= 1
        if entryKeys.insert(key).inserted { entries.append((key, channel)) }
    }

    mutating func addDelivered(_ key: String) {
        revision &+= 1
        deliveredKeys.append(key)
    }

    mutating func addReceipt(_ receipt: DeliveryReceipt, of event: AlertEvent) {
        receipts.append((event, receipt))
        // Where one is missing, a timeline does not name a channel: nothing that is counted as lost.
        _ = Self.shorten(&receipts)
    }

    private static func shorten<Element>(_ list: inout [Element]) -> Int {
        let surplus = list.count - limit
        guard surplus > 0 else { return 0 }
        list.removeFirst(surplus)
        return surplus
    }
}
