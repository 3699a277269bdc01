/// What waits, in its order. It takes the memory of what waits, also if something waits at all times. Pure.
struct WaitingLine<Element> {
    private var elements: [Element] = []
    /// The index of the first waiting element; earlier ones were taken.
    private var head = 0

    /// The elements in memory, with those that were taken.
    var length: Int { elements.count }

    mutating func add(_ element: Element) { elements.append(element) }

    /// The one that has waited the longest; nil if nothing waits.
    mutating func takeFirst() -> Element? {
        guard head < elements.count else { return nil }
        let first = elements[head]
        head += 1
        // Half at a time, so that a long line is not moved up for each one.
        if head * 2 >= elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return first
    }
}

extension WaitingLine: Sendable where Element: Sendable {}
