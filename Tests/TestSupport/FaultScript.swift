/// The scripted faults per method, in order.
struct FaultScript {
    private struct Entry {
        let fault: Fault
        /// `nil` for a fault that stays until cleared.
        var rest: Int?
    }

    private var entries: [String: [Entry]] = [:]

    mutating func add(_ fault: Fault, method: String, times: Int?) {
        if let times, times <= 0 { return }
        entries[method.lowercased(), default: []].append(Entry(fault: fault, rest: times))
    }

    mutating func clear(_ method: String?) {
        if let method { entries[method.lowercased()] = nil } else { entries = [:] }
    }

    /// Takes the next fault of the method.
    mutating func next(_ method: String) -> Fault? {
        guard let entry = entries[method]?.first else { return nil }
        if let rest = entry.rest {
            if rest == 1 { entries[method]?.removeFirst() } else { entries[method]?[0].rest = rest - 1 }
        }
        return entry.fault
    }
}
