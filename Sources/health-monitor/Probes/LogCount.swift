import KeepAliveKit
import KeepAlivePlatform

/// How many lines of a log have told of an error lately. Pure: lines and times go in.
struct LogCount: Sendable {
    private var matches: [(at: MonotonicTime, count: Int)] = []

    var total: Int { matches.reduce(0) { $0 + $1.count } }

    /// Counts the lines that match, and forgets those that are older than the window.
    ///
    /// Lines that were written since the last look count from now on. Those of a first look have the time that they tell, or that
    /// of the line before them; without any nobody knows how old they are, and they do not count.
    mutating func add(
        _ piece: LogTail.Piece, _ patterns: [LogPattern], at now: MonotonicTime, time: WallTime, window: Duration
    ) {
        matches.removeAll { now.since($0.at) > window }
        let matchers = patterns.map { $0.matcher() }
        var lineTime: WallTime?
        var count = 0
        for line in piece.bytes.split(separator: UInt8(ascii: "\n")) {
            if piece.isFirst, let written = LogTime.read(line, now: time) { lineTime = written }
            guard matchers.contains(where: { $0(line) }) else { continue }
            guard piece.isFirst else {
                count += 1
                continue
            }
            guard let lineTime else { continue }
            let (age, overflow) = time.microseconds.subtractingReportingOverflow(lineTime.microseconds)
            guard !overflow, .microseconds(age) <= window else { continue }
            matches.append((now.advanced(by: .zero - .microseconds(max(0, age))), 1))
        }
        if count > 0 { matches.append((now, count)) }
    }
}
