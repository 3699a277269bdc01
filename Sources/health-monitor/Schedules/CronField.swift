/// One of the five fields of a cron expression. Pure.
struct CronField {
    let name: String
    let range: ClosedRange<Int>
    /// The names of the numbers, from the lowest on.
    var names: [String] = []

    static let all = [
        CronField(name: "minute", range: 0...59), CronField(name: "hour", range: 0...23),
        CronField(name: "day of month", range: 1...31),
        CronField(
            name: "month", range: 1...12,
            names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
        CronField(name: "day of week", range: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ]

    /// Reads numbers, names, ranges, steps and lists: `*/15`, `1-5`, `mon,wed`, `8-18/2`.
    func numbers(_ text: Substring) throws(ScheduleFault) -> NumberSet {
        if text == "*" { return .any }
        var parts: [NumberSet.Part] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) { parts.append(try part(item)) }
        return NumberSet(parts: parts)
    }

    private func part(_ text: Substring) throws(ScheduleFault) -> NumberSet.Part {
        let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var step: Int?
        if halves.count == 2 {
            guard let number = Self.number(halves[1]), number > 0, number <= range.upperBound else {
                throw fault(halves[1], "give a step from 1 to \(range.upperBound)")
            }
            step = number
        }
        guard let base = halves.first, base != "*" else {
            return .init(start: range.lowerBound, stop: upperBound, step: step ?? 1)
        }
        let ends = base.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let start = try value(ends[0])
        guard ends.count == 2 else {
            return step.map { .init(start: start, stop: upperBound, step: $0) } ?? .init(start: start)
        }
        var stop = try value(ends[1])
        // A week that ends with a Sunday: fri-sun.
        if !names.isEmpty, range.lowerBound == 0, stop == 0, start > 0 { stop = 7 }
        guard start <= stop else { throw fault(base, "the range ends before it begins") }
        return .init(start: start, stop: stop, step: step ?? 1)
    }

    /// The last number of `*`: 7 is Sunday once more.
    private var upperBound: Int { range == 0...7 ? 6 : range.upperBound }

    private func value(_ text: Substring) throws(ScheduleFault) -> Int {
        if let number = Self.number(text), range.contains(number) { return number }
        if let index = names.firstIndex(of: text.lowercased()) { return range.lowerBound + index }
        let example = names.dropFirst().first.map { " or a name such as \($0)" } ?? ""
        throw fault(text, "give \(range.lowerBound) to \(range.upperBound)\(example)")
    }

    private func fault(_ text: Substring, _ remedy: String) -> ScheduleFault {
        ScheduleFault(words: "\"\(text.prefix(20))\" is not allowed as \(name): \(remedy)")
    }

    /// At most four digits and nothing else.
    static func number(_ text: Substring) -> Int? {
        (1...4).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }
}
