import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// The launcher's state folder: the restart ledger, the status file and the crash reports.
///
/// The start of a bot never waits for a disk. Data that the start does not need is written by ``writeUnwritten(at:)``
/// once the bot runs.
/// The ledger's entry comes first, but without waiting for the disk. So a killed launcher forgets nothing. A power cut
/// within these milliseconds loses one failure, or damages the ledger, which is then set aside.
final class StateFolder {
    /// How often to look whether the folder still exists.
    static let lookInterval = Duration.seconds(5)

    private let path: String
    private let claim: FolderClaim
    private var lookedAt: MonotonicTime?
    /// Another launcher has the folder, which was deleted in between: this one must neither write there nor run a bot.
    private(set) var isLost = false
    private let botLog: BotLog
    private let keeper: LedgerKeeper
    private let statusFile: StatusFile
    private let crashes: CrashFolder
    private var status = StatusFile.Status(launcher: getpid())
    private var writtenStatus: StatusFile.Status?
    private var statedReason: String?
    /// When to retry a failed write of the status; nil without one.
    private(set) var retryAt: MonotonicTime?
    private var backtrace: String?
    private var reports: [CrashReport] = []
    private var isLedgerFlushed = true

    /// - Parameter notify: the address of the bot's socket.
    init(_ path: String, ledger: String, status: String, notify: String = "", botLog: BotLog) {
        self.path = path
        self.botLog = botLog
        self.status.notify = notify
        keeper = LedgerKeeper(path: ledger)
        statusFile = StatusFile(path: status)
        claim = FolderClaim(path, statusFile: StatusFile(path: status))
        crashes = CrashFolder(path: "\(path)/crashes")
        crashes.prepare()
    }

    /// In order of urgency: the next launcher must know the running bot.
    func writeUnwritten(at now: MonotonicTime = .now()) {
        let isDue = lookedAt.map { now.since($0) >= Self.lookInterval } ?? true
        if isDue || status != writtenStatus || !reports.isEmpty, !keep(at: now) { return }
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

    /// Makes the folder again if somebody has deleted it.
    ///
    /// - Returns: whether it is this launcher's.
    private func keep(at now: MonotonicTime = .now()) -> Bool {
        if isLost { return false }
        lookedAt = now
        switch claim.look() {
        case .kept: return true
        case .renewed:
            crashes.prepare()
            writtenStatus = nil
            botLog.log(.warning, "the state folder \(path) was deleted; the launcher made it again")
            return true
        case .disputed: return false
        case .lost:
            isLost = true
            return false
        }
    }

    private func writeStatus(at now: MonotonicTime) {
        do {
            try statusFile.write(status)
            (writtenStatus, retryAt) = (status, nil)
        } catch {
            // Only once, whatever the number of attempts.
            if retryAt == nil {
                botLog.log(
                    .error,
                    "cannot write the status to \(statusFile.path) (\(error.message)); retrying every second")
            }
            retryAt = now.advanced(by: .seconds(1))
        }
    }

    // MARK: The ledger

    /// The place in the backoff sequence, as the bot or the launcher last wrote it, and the remaining delay that the
    /// bot itself waits for.
    var ledger: (record: RestartPolicy.Record, remaining: Duration) {
        guard let now = keeper.current(tell: botLog.log) else { return (RestartPolicy.Record(), .zero) }
        return (now.record, keeper.remaining(of: now))
    }

    /// The remaining delay from an earlier launcher or bot.
    func resume(resetAfter: Duration, forgetsDelay: Bool) -> Duration {
        guard let earlier = keeper.resume(resetAfter: resetAfter, tell: botLog.log) else { return .zero }
        guard forgetsDelay else { return keeper.remaining(of: earlier) }
        // The bot reads this file too, and must not wait either.
        save(earlier.record, delay: .zero)
        return .zero
    }

    /// Saves a restart that was decided, or that only the limit prevented.
    func save(_ record: RestartPolicy.Record, delay: Duration) {
        if isLost { return }
        keeper.save(record, delay: delay, flushes: false, tell: botLog.log)
        isLedgerFlushed = false
    }

    /// Another machine's leader left this record; the delay was that machine's.
    func adopt(_ record: RestartPolicy.Record) {
        if record == RestartPolicy.Record() { forgetFailures() } else { save(record, delay: .zero) }
    }

    func forgetFailures() {
        if !isLost { keeper.clear(tell: botLog.log) }
    }

    /// A bot is about to start.
    ///
    /// - Returns: whether the folder is this launcher's; otherwise another launcher may run the bot.
    @discardableResult
    func prepareStart() -> Bool {
        guard keep() else { return false }
        // The bot reads this ledger too, and must not wait again.
        let (record, remaining) = ledger
        if remaining > .zero { save(record, delay: .zero) }
        crashes.discardBacktrace()
        return true
    }

    // MARK: Who runs

    /// - Parameters:
    ///   - bot: the running process.
    ///   - state: one word.
    ///   - nextStart: when the delay ends.
    ///   - reason: the last event.
    ///   - lease: this machine's place in the lease.
    func note(
        bot: Int32?, healthURL: HTTPURL?, state: String, restarts: Int, nextStart: WallTime?, reason: String?,
        lease: LeaseStatus? = nil
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
        (status.lease, status.epoch) = (lease?.name ?? "", lease?.epoch ?? 0)
        status.handover = lease.map { line($0.handover) } ?? ""
        if reason != statedReason {
            statedReason = reason
            status.reason = line(reason ?? "")
        }
    }

    /// The file has one line for a text, which may contain another program's words.
    private func line(_ text: String) -> String {
        String(String(botLog.redact(text).map { $0.isNewline ? " " : $0 }).prefix(500))
    }

    // MARK: Crashes

    /// The path for Swift's backtrace.
    var backtracePath: String { crashes.backtracePath }

    /// The bot has ended; the next bot's backtrace may overwrite its file.
    func takeBacktrace() { backtrace = keep() ? crashes.takeBacktrace() : nil }

    /// The bot has crashed.
    ///
    /// - Returns: the path of the future report.
    func noteCrash(_ status: WaitStatus, of child: ChildProcess, reason: String?) -> String {
        let report = CrashReport(
            time: .now(), status: status, reason: reason, processID: child.processID,
            uptime: child.uptime, lastLines: botLog.lastLines,
            backtrace: backtrace)
        reports.append(report)
        return crashes.reportPath(at: report.time, processID: report.processID)
    }

    /// No further restart follows.
    func finish() {
        crashes.discardBacktrace()
    }

    private func write(_ report: CrashReport) {
        do {
            try crashes.save(botLog.redact(report.text), at: report.time, processID: report.processID)
        } catch {
            botLog.log(
                .error,
                "cannot write the crash report to \(crashes.path) (\(error.message)); "
                    + error.remedy(orElse: "make the folder writable"))
        }
    }
}
