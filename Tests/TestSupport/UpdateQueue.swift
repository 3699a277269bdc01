/// The unconfirmed updates in order, each as finished JSON text.
///
/// The cost of adding and confirming does not depend on the number of updates. Confirmed ones at the front are only
/// skipped, and later removed in bulk.
struct UpdateQueue {
    private struct Entry {
        let id: Int64
        let encoded: [UInt8]
    }

    private var entries: [Entry] = []
    private var head = 0
    private(set) var nextID: Int64

    init(firstID: Int64) { nextID = firstID }

    var count: Int { entries.count - head }
    var isEmpty: Bool { count == 0 }

    /// Takes the next id, for an update that is queued or dropped.
    mutating func makeID() -> Int64 {
        defer { nextID += 1 }
        return nextID
    }

    mutating func append(id: Int64, encoded: [UInt8]) {
        entries.append(Entry(id: id, encoded: encoded))
    }

    /// Drops all before `offset`, or before the last `-offset` ones; returns the id up to which all are dropped.
    mutating func confirm(offset: Int64) -> Int64? {
        guard offset != 0 else { return nil }
        let before = head
        if offset < 0 {
            head = max(head, entries.count - Int(clamping: offset.magnitude))
            if head == before { return nil }
        } else {
            while head < entries.count, entries[head].id < offset { head += 1 }
        }
        let boundary = offset < 0 ? (head < entries.count ? entries[head].id : nextID) : min(offset, nextID)
        if head > 1024, head * 2 > entries.count {
            entries.removeFirst(head)
            head = 0
        }
        return boundary
    }

    /// The first updates as a JSON array.
    func batch(limit: Int) -> [UInt8] {
        var text = Array("[".utf8)
        for (index, entry) in entries[head...].prefix(limit).enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text += entry.encoded
        }
        text.append(UInt8(ascii: "]"))
        return text
    }
}
