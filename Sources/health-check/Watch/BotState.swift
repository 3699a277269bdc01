import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// The current and past state of one bot; each poll changes it.
struct BotState: Equatable {
    /// Its address as given.
    let address: String
    /// The address of its answer; the first of several ports may belong to another program.
    private(set) var url: HTTPURL?
    private(set) var name: String?
    private(set) var status = Status.waiting
    /// Why there is no report: why it is unreachable, or who leads instead.
    private(set) var trouble: String?
    /// The last report, perhaps an old one.
    private(set) var report: BotReport?
    private(set) var reportedAt: MonotonicTime?
    /// Since when it has had this status, on both clocks: from the bot's report, otherwise from the first poll that saw
    /// it.
    private(set) var since: MonotonicTime?
    private(set) var sinceClock = ""
    /// The time of the last answer.
    private(set) var took: Duration?
    /// Updates per second between the last two reports.
    private(set) var updatesPerSecond: Double?
    private(set) var history: [Moment] = []
    var processes: [ProcessSample] = []

    /// More than the widest window shows.
    static let longestHistory = 512

    /// In order of urgency: statuses that need a person come first.
    enum Status: Int, CaseIterable {
        case unreachable, stranger, unhealthy, degraded, waiting, standby, healthy
    }

    /// One poll, for the trend.
    struct Moment: Equatable {
        var status: Status
        var updatesPerSecond: Double?
        var errorsPerSecond: Double?
        var p95: Double?
        /// In milliseconds.
        var took: Double?
        /// The memory of the bot's process, in bytes.
        var memory: Double?
        var at = MonotonicTime(nanoseconds: 0)
    }

    init(address: String) {
        self.address = address
    }

    /// The name to display.
    var title: String { name ?? url?.authority ?? address }

    /// The address to display.
    var place: String { url?.authority ?? address }

    /// Whether the displayed figures are current.
    var isSeen: Bool { [.healthy, .degraded, .unhealthy].contains(status) }

    mutating func take(_ look: Look, at now: MonotonicTime, clock: WallTime) {
        let before = status
        var moment = Moment(status: .unreachable)
        switch look.finding {
        case .report(let next, _, let url):
            moment = take(next, at: now)
            moment.took = look.took.seconds * 1000
            self.url = url
            took = look.took
            name = look.name ?? name
            trouble = nil
        case .unreachable(let words):
            trouble = words
            status = .unreachable
        case .stranger(let words):
            trouble = words
            status = .stranger
        case .standby(let leader):
            trouble = leader
            status = .standby
        }
        moment.status = status
        moment.at = now
        if isSeen { moment.memory = processes.first { $0.role == .bot }.map { Double($0.memory) } }
        if !isSeen {
            took = nil
            updatesPerSecond = nil
        }
        if status != before || since == nil {
            since = now
            sinceClock = Format.clock(clock.iso8601)
        }
        if isSeen, let age = report?.statusAge, let moment = report?.statusSince {
            since = now.advanced(by: .seconds(-age))
            sinceClock = Format.clock(moment)
        }
        history.append(moment)
        if history.count > Self.longestHistory { history.removeFirst(history.count - Self.longestHistory) }
    }

    private mutating func take(_ next: BotReport, at now: MonotonicTime) -> Moment {
        updatesPerSecond = nil
        var errorsPerSecond: Double?
        // The bot's own clock measures the interval, whatever its answers' delay. After a restart the rate starts from
        // zero.
        if let last = report, next.uptimeSeconds > last.uptimeSeconds, next.totalUpdates >= last.totalUpdates,
            next.totalErrors >= last.totalErrors
        {
            let seconds = next.uptimeSeconds - last.uptimeSeconds
            updatesPerSecond = (Double(next.totalUpdates) - Double(last.totalUpdates)) / seconds
            errorsPerSecond = (Double(next.totalErrors) - Double(last.totalErrors)) / seconds
        }
        report = next
        reportedAt = now
        status =
            switch next.status {
            case .healthy: .healthy
            case .degraded: .degraded
            case .unhealthy: .unhealthy
            }
        return Moment(
            status: status, updatesPerSecond: updatesPerSecond, errorsPerSecond: errorsPerSecond,
            p95: next.responseTimes?.p95)
    }
}

extension BotState.Status {
    private typealias Looks = (word: String, sign: Style.Sign, paint: Style.Paint, badge: Style.Paint)

    private var looks: Looks {
        switch self {
        case .waiting: ("asking", .waiting, .faint, .bar)
        case .standby: ("standby", .waiting, .good, .goodBadge)
        case .healthy: ("healthy", .healthy, .good, .goodBadge)
        case .degraded: ("degraded", .degraded, .warning, .warningBadge)
        case .unhealthy: ("unhealthy", .unhealthy, .bad, .badBadge)
        case .unreachable: ("unreachable", .unreachable, .bad, .badBadge)
        case .stranger: ("not the bot", .unhealthy, .bad, .badBadge)
        }
    }

    var word: String { looks.word }
    var sign: Style.Sign { looks.sign }
    var paint: Style.Paint { looks.paint }
    var badge: Style.Paint { looks.badge }

    /// As in the one-shot check's exit code.
    var isGood: Bool { [.healthy, .degraded, .standby].contains(self) }
}
