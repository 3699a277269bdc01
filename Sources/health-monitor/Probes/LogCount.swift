import KeepAliveKit
import KeepAlivePlatform

/// Counts a log's recent error lines. Pure: the caller passes lines and times.
struct LogCount: Sendable {
    private var matches: [(at: MonotonicTime, count: Int)] = []

    var total: Int { matches.reduce(0) { $0 + $1.count } }

    /// Counts the matching lines, and drops lines older than the window.
    ///
    /// Lines written since the last look count from now on. On a first look a line has the time in its text, or the
    /// time of the line before it. Without either its age is unknown, and it does not count.
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
