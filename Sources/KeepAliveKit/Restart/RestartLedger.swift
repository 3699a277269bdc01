import KeepAlivePlatform

/// What a ledger of restarts keeps: the record, and until when the next start has to wait.
///
/// The file is one JSON object on one line, with exactly these keys and no others:
/// `{"version":1,"consecutive":3,"failures":2,"delay_ms":20000,"next_start_us":1768838847123456}`.
/// It is written and read by the kit alone, so anything else in it is damage.
package struct RestartLedger: Equatable, Sendable {
    /// The place in the sequence.
    package var record: RestartPolicy.Record
    /// The delay that was decided.
    package var delay: Duration
    /// When it ends, on the wall clock, in microseconds since 1970: the only clock that survives a reboot.
    package var nextStart: Int64

    /// A ledger entry.
    package init(record: RestartPolicy.Record, delay: Duration, nextStart: Int64) {
        self.record = record
        self.delay = delay
        self.nextStart = nextStart
    }

    /// What is left of the delay; never more than the delay itself, even when the wall clock was set back.
    package func remaining(at microseconds: Int64) -> Duration {
        let (left, overflow) = nextStart.subtractingReportingOverflow(microseconds)
        return overflow || left <= 0 ? .zero : min(.microseconds(left), delay)
    }

    /// Whether its failures still belong to a start at that time: those of a bot that was down for longer than the
    /// time of health that would have cleared them are history.
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

    /// Reads the file's text; nil when it is not one this type has written.
    init?(json: String) {
        // Compared as a whole with what these numbers would be written as, so that no half-written file passes.
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
