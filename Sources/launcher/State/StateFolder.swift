import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// What the launcher keeps in its state folder: the ledger of restarts, which bot runs, and the crash reports.
///
/// A bot that is needed does not wait for a disk. What is not needed for its start is noted, and written by
/// ``writeUnwritten(at:)`` once it runs. The ledger's entry is put in place first all the same, only without waiting for the
/// disk: a launcher that is killed from then on has forgotten nothing, and a machine that loses its power within these few
/// milliseconds has forgotten one failure, or finds a damaged ledger, which is set aside.
final class StateFolder {
    private let botLog: BotLog
    private let keeper: LedgerKeeper
    private let statusFile: StatusFile
    private let crashes: CrashFolder
    private var status = StatusFile.Status(launcher: getpid())
    private var writtenStatus: StatusFile.Status?
    private var statedReason: String?
    /// When the status is to be written again that could not be; nil when there is none.
    private(set) var retryAt: MonotonicTime?
    private var backtrace: String?
    private var reports: [CrashReport] = []
    private var isLedgerFlushed = true

    init(_ path: String, ledger: String, status: String, botLog: BotLog) {
        self.botLog = botLog
        keeper = LedgerKeeper(path: ledger)
        statusFile = StatusFile(path: status)
        crashes = CrashFolder(path: "\(path)/crashes")
        crashes.prepare()
    }

    /// In the order of haste: the next launcher has to know which bot runs.
    func writeUnwritten(at now: MonotonicTime = .now()) {
        if status == writtenStatus {
            retryAt = nil
        } else if retryAt.map({ $0 <= now }) ?? true {
            writeStatus(at: now)
        }
        for report in reports { write(report) }
        reports = []
        if !isLedgerFlushed { keeper.flush(tell: botLog.log) }
        isLedgerFlushed = true
    }

    private func writeStatus(at now: MonotonicTime) {
        do {
            try statusFile.write(status)
            (writtenStatus, retryAt) = (status, nil)
        } catch {
            // Once, however often it is tried.
            if retryAt == nil {
                botLog.log(
                    .error,
                    "cannot write the status to \(statusFile.path) (\(error.message)); retrying every second")
            }
            retryAt = now.advanced(by: .seconds(1))
        }
    }

    // MARK: The ledger

    /// The place in the sequence, as the bot or the launcher wrote it last, and what is left of the delay that the bot waits
    /// out by itself.
    var ledger: (record: RestartPolicy.Record, remaining: Duration) {
        guard let now = keeper.current(tell: botLog.log) else { return (RestartPolicy.Record(), .zero) }
        return (now.record, keeper.remaining(of: now))
    }

    /// What is left of the delay that an earlier launcher or bot began.
    func resume(resetAfter: Duration, forgetsDelay: Bool) -> Duration {
        guard let earlier = keeper.resume(resetAfter: resetAfter, tell: botLog.log) else { return .zero }
        guard forgetsDelay else { return keeper.remaining(of: earlier) }
        // The bot reads the same file, and is not to wait either.
        save(earlier.record, delay: .zero)
        return .zero
    }

    /// A new start was decided, or would have been but for the limit.
    func save(_ record: RestartPolicy.Record, delay: Duration) {
        keeper.save(record, delay: delay, flushes: false, tell: botLog.log)
        isLedgerFlushed = false
    }

    func forgetFailures() { keeper.clear(tell: botLog.log) }

    /// A bot is about to start.
    func prepareStart() {
        // It reads the same ledger, and is not to wait once more.
        let (record, remaining) = ledger
        if remaining > .zero { save(record, delay: .zero) }
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
            status.botStartTime = bot.flatMap(ProcessFact.of)?.start ?? 0
        }
        status.healthURL = healthURL.map { "http://\($0.authority)\($0.target)" } ?? ""
        status.state = state
        status.restarts = restarts
        status.nextStart = nextStart?.microseconds ?? 0
        if reason != statedReason {
            statedReason = reason
            // One line of the file; and a reason may be what somebody else has said.
            let line = String(botLog.redact(reason ?? "").map { $0.isNewline ? " " : $0 })
            status.reason = String(line.prefix(500))
        }
    }

    // MARK: Crashes

    /// Where Swift's backtracer is to write.
    var backtracePath: String { crashes.backtracePath }

    /// The bot has ended; the next one's backtrace may take the place of its own.
    func takeBacktrace() { backtrace = crashes.takeBacktrace() }

    /// The bot has crashed.
    ///
    /// - Returns: where the report will be.
    func noteCrash(_ status: WaitStatus, of child: ChildProcess, reason: String?) -> String {
        let report = CrashReport(
            time: .now(), status: status, reason: reason, processID: child.processID,
            uptime: child.uptime, lastLines: botLog.lastLines,
            backtrace: backtrace)
        reports.append(report)
        return crashes.reportPath(at: report.time, processID: report.processID)
    }

    /// Nothing will be started any more.
    func finish() {
        crashes.discardBacktrace()
    }

    private func write(_ report: CrashReport) {
        do {
            try crashes.save(botLog.redact(report.text), at: report.time, processID: report.processID)
        } catch {
            botLog.log(
                .error, "cannot write the crash report to \(crashes.path) (\(error.message)); make the folder writable")
        }
    }
}
