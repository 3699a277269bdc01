import KeepAlivePlatform

/// The content of a ledger of restarts: the record, and the earliest time of the next start.
///
/// The file is one JSON object on one line, with exactly these keys and no others:
/// `{"version":1,"consecutive":3,"failures":2,"delay_ms":20000,"next_start_us":1768838847123456}`.
/// Only the kit writes and reads it, so any other content is damage.
package struct RestartLedger: Equatable, Sendable {
    /// The place in the sequence.
    package var record: RestartPolicy.Record
    /// The delay that was decided.
    package var delay: Duration
    /// When the delay ends, on the wall clock, in microseconds since 1970: no other clock survives a reboot.
    package var nextStart: Int64

    /// A ledger entry.
    package init(record: RestartPolicy.Record, delay: Duration, nextStart: Int64) {
        self.record = record
        self.delay = delay
        self.nextStart = nextStart
    }

    /// The remaining delay; never more than the delay itself, even if the wall clock was set back.
    package func remaining(at microseconds: Int64) -> Duration {
        let (left, overflow) = nextStart.subtractingReportingOverflow(microseconds)
        return overflow || left <= 0 ? .zero : min(.microseconds(left), delay)
    }

    /// Whether its failures still count for a start at that time. They are history once the bot was down for longer
    /// than the healthy time that clears them.
    package func isRecent(at microseconds: Int64, resetAfter: Duration) -> Bool {
        let (age, overflow) = microseconds.subtractingReportingOverflow(nextStart)
        return overflow ? microseconds < nextStart : .microseconds(age) <= resetAfter
    }

    /// The file's text.
    var json: String {
        let milliseconds = max(0, delay.saturatedNanoseconds / 1_000_000)
        return "{\"version\":1,\"consecutive\":\(record.consecutive),\"failures\":\(record.failures),"
            + "\"delay_ms\":\(milliseconds),\"next_start_us\":\(nextStart)}\n"
    }

    /// Parses the file's text; nil when this type did not write it.
    init?(json: String) {
        // Compared as a whole with the text of these numbers, so that no half-written file passes.
        let numbers = json.split { !($0.isASCII && $0.isNumber) }.compactMap { Int64($0) }
        guard numbers.count == 5, numbers[0] == 1, let consecutive = Int(exactly: numbers[1]),
            let failures = Int(exactly: numbers[2])
        else { return nil }
        self.init(
            record: .init(consecutive: consecutive, failures: failures), delay: .milliseconds(numbers[3]),
            nextStart: numbers[4])
        guard self.json.filter({ !$0.isWhitespace }) == json.filter({ !$0.isWhitespace }) else { return nil }
    }
}
