import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// What the launcher keeps in its state folder: the ledger of restarts, which bot runs, and the crash reports.
///
/// A bot that is needed does not wait for a disk. What is not needed for its start is noted, and written by
/// ``writeUnwritten()`` once it runs. The ledger's entry is put in place first all the same, only without waiting for the
/// disk: a launcher that is killed from then on has forgotten nothing, and a machine that loses its power within these few
/// milliseconds has forgotten one failure, or finds a damaged ledger, which is set aside.
final class Records {
    private let journal: Journal
    private let ledger: LedgerKeeper
    private let statusFile: StatusFile
    private let crashes: CrashFolder
    private var status = StatusFile.Status(launcher: getpid())
    private var writtenStatus: StatusFile.Status?
    private var statedReason: String?
    private var reports: [CrashReport] = []
    private var isLedgerFlushed = true

    init(_ settings: LauncherSettings, journal: Journal) {
        self.journal = journal
        ledger = LedgerKeeper(path: settings.ledgerPath)
        statusFile = StatusFile(path: settings.statusPath)
        crashes = CrashFolder(path: "\(settings.stateDirectory)/crashes")
        crashes.prepare()
    }

    /// In the order of haste: the next launcher has to know which bot runs.
    func writeUnwritten() {
        if status != writtenStatus {
            statusFile.write(status)
            writtenStatus = status
        }
        for report in reports { write(report) }
        reports = []
        if !isLedgerFlushed { ledger.flush(tell: journal.log) }
        isLedgerFlushed = true
    }

    // MARK: The ledger

    /// The place in the sequence, as the bot or the launcher wrote it last.
    var record: RestartPolicy.Record { ledger.current(tell: journal.log)?.record ?? RestartPolicy.Record() }

    /// What is left of the delay that the bot waits out by itself.
    var remainingDelay: Duration { ledger.current(tell: journal.log).map(ledger.remaining) ?? .zero }

    /// What is left of the delay that an earlier launcher or bot began.
    func resume(resetAfter: Duration, forgetsDelay: Bool) -> Duration {
        guard let earlier = ledger.resume(resetAfter: resetAfter, tell: journal.log) else {
            // Whatever is left there is history, for the bot too.
            ledger.clear(tell: journal.log)
            return .zero
        }
        guard forgetsDelay else { return ledger.remaining(of: earlier) }
        // The bot reads the same file, and is not to wait either.
        ledger.save(earlier.record, delay: .zero, tell: journal.log)
        return .zero
    }

    /// A new start was decided, or would have been but for the limit.
    func save(_ record: RestartPolicy.Record, delay: Duration) {
        let isUrgent = delay <= .zero
        ledger.save(record, delay: delay, flushes: !isUrgent, tell: journal.log)
        if isUrgent { isLedgerFlushed = false }
    }

    func forgetFailures() {
        ledger.clear(tell: journal.log)
    }

    /// A bot is about to start.
    func prepareStart() {
        // It reads the same ledger, and is not to wait once more.
        if let now = ledger.current(tell: journal.log), ledger.remaining(of: now) > .zero {
            save(now.record, delay: .zero)
        }
        crashes.discardBacktrace()
    }

    // MARK: Who runs

    /// - Parameters:
    ///   - bot: the process that runs now.
    ///   - state: in a word.
    ///   - nextStart: when the delay ends.
    ///   - reason: what happened last.
    func note(
        bot: Int32?, healthURL: HTTPURL?, state: String, restarts: Int, nextStart: WallTime?, reason: String?
    ) {
        if status.bot != bot ?? 0 || status.state != state { status.since = WallTime.now().microseconds }
        if status.bot != bot ?? 0 {
            status.bot = bot ?? 0
            status.botStartTime = bot.flatMap(StatusFile.startTime) ?? 0
        }
        status.healthURL = healthURL.map { "http://\($0.authority)\($0.target)" } ?? ""
        status.state = state
        status.restarts = restarts
        status.nextStart = nextStart?.microseconds ?? 0
        if reason != statedReason {
            statedReason = reason
            // One line of the file; and a reason may be what somebody else has said.
            let line = String(journal.redact(reason ?? "").map { $0.isNewline ? " " : $0 })
            status.reason = String(line.prefix(500))
        }
    }

    // MARK: Crashes

    /// Where Swift's backtracer is to write.
    var backtracePath: String { crashes.backtracePath }

    /// The bot has crashed; the backtrace is taken now, before another one takes its place.
    ///
    /// - Returns: where the report will be.
    func noteCrash(_ status: WaitStatus, of child: ChildProcess, reason: String?) -> String {
        let report = CrashReport(
            time: .now(), status: status, reason: reason, processID: child.processID,
            uptime: child.uptime, lastLines: journal.lastLines,
            backtrace: crashes.takeBacktrace())
        reports.append(report)
        return crashes.reportPath(at: report.time, processID: report.processID)
    }

    /// Nothing will be started any more.
    func finish() {
        crashes.discardBacktrace()
    }

    private func write(_ report: CrashReport) {
        do {
            try crashes.save(journal.redact(report.text), at: report.time, processID: report.processID)
        } catch {
            journal.log(.error, "the crash report cannot be written to \(crashes.path) (\(error.message))")
        }
    }
}
