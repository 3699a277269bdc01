import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// What is known of one bot, and what was: a value that each look changes.
struct BotState: Equatable {
    /// Its address as it was given.
    let address: String
    /// Where it answered; the first port of several may be a stranger's.
    private(set) var url: HTTPURL?
    private(set) var name: String?
    private(set) var status = Status.waiting
    /// Why it cannot be seen, where it cannot.
    private(set) var trouble: String?
    /// The last report there was, perhaps of long ago.
    private(set) var report: BotReport?
    private(set) var reportedAt: MonotonicTime?
    /// Since when it has had this status, on both clocks: as the bot says, or else since the first look that saw it.
    private(set) var since: MonotonicTime?
    private(set) var sinceClock = ""
    /// How long the last answer took.
    private(set) var took: Duration?
    /// Updates in a second, between the last two reports.
    private(set) var updatesPerSecond: Double?
    private(set) var history: [Moment] = []
    var processes: [ProcessSample] = []

    /// More than the widest window shows.
    static let longestHistory = 512

    /// In the order of urgency: what needs a person first stands first.
    enum Status: Int, CaseIterable {
        case unreachable, stranger, unhealthy, degraded, waiting, healthy
    }

    /// One look, as the trend shows it.
    struct Moment: Equatable {
        var status: Status
        var updatesPerSecond: Double?
        var errorsPerSecond: Double?
        var p95: Double?
        /// Milliseconds.
        var took: Double?
        /// What the bot's process holds, in bytes.
        var memory: Double?
        var at = MonotonicTime(nanoseconds: 0)
    }

    init(address: String) {
        self.address = address
    }

    /// The name to show.
    var title: String { name ?? url?.authority ?? address }

    /// Where it is, to show.
    var place: String { url?.authority ?? address }

    /// Whether what is shown is what the bot says now.
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
        // By the bot's own clock: how late its answers were does not matter. One that was started again counts anew.
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

    /// The one-shot check's exit code.
    var isGood: Bool { self == .healthy || self == .degraded }
}
