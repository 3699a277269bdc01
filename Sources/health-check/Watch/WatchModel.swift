import KeepAliveKit
import KeepAlivePlatform

/// Everything that the dashboard shows. Pure: each event changes it and returns an action.
struct WatchModel {
    var bots: [BotState]
    private(set) var selected = 0
    /// Whether troubled bots are listed first.
    private(set) var isByTrouble = false
    /// Whether the chosen bot fills the window.
    private(set) var isAlone = false
    private(set) var dialog = Dialog.none
    private(set) var system = SystemSample()
    /// The folder on the displayed disk.
    let folder: String
    /// The token for restarts, described for the question.
    let token: TokenState
    private(set) var now: MonotonicTime
    private(set) var clock: WallTime
    /// The last restart's outcome, until the next key or for some time.
    private(set) var notice: Notice?

    enum Dialog: Equatable {
        case none, help
        /// Restart the bot of this number?
        case restart(bot: Int)
    }

    enum TokenState: Equatable {
        case set, missing
        /// Why the token could not be read.
        case unreadable(String)
    }

    struct Notice: Equatable {
        var words: String
        var isGood: Bool
        var at: MonotonicTime
        var isPending = false
    }

    /// How long a notice stays.
    private static let noticeTime = Duration.seconds(20)

    init(
        addresses: [String], folder: String = "", token: TokenState = .missing, now: MonotonicTime,
        clock: WallTime
    ) {
        bots = addresses.map(BotState.init)
        self.folder = folder
        self.token = token
        self.now = now
        self.clock = clock
    }

    /// The bot that is shown in full.
    var bot: BotState? { bots.indices.contains(selected) ? bots[selected] : nil }

    /// A bot's label: with its place if copies share its name.
    func label(_ bot: BotState) -> String {
        isNameShared(bot) ? "\(bot.title) at \(bot.place)" : bot.title
    }

    /// Whether several bots share the name.
    func isNameShared(_ bot: BotState) -> Bool {
        bot.title != bot.place && bots.count { $0.title == bot.title } > 1
    }

    /// The bots' numbers in display order.
    var order: [Int] {
        guard isByTrouble else { return Array(bots.indices) }
        return bots.indices.sorted { (bots[$0].status.rawValue, $0) < (bots[$1].status.rawValue, $1) }
    }

    /// The chosen bot's row in that order.
    var row: Int { order.firstIndex(of: selected) ?? 0 }

    /// - Returns: the action to take.
    mutating func handle(_ event: WatchEvent, now: MonotonicTime, clock: WallTime) -> WatchAction? {
        self.now = now
        self.clock = clock
        if let notice, !notice.isPending, now.since(notice.at) > Self.noticeTime { self.notice = nil }
        switch event {
        case .tick: break
        case .looked(let bot, let look):
            if bots.indices.contains(bot) { bots[bot].take(look, at: now, clock: clock) }
        case .system(let sample): system = sample
        case .processes(let bot, let processes):
            if bots.indices.contains(bot) { bots[bot].processes = processes }
        case .restartAnswer(let bot, let accepted, let words):
            let title = bots.indices.contains(bot) ? label(bots[bot]) : "?"
            notice = Notice(words: "\(title): \(words)", isGood: accepted, at: now)
        case .key(let key): return press(key)
        }
        return nil
    }

    private mutating func press(_ key: Key) -> WatchAction? {
        switch dialog {
        case .restart(let bot):
            dialog = .none
            guard key == .character("y") || key == .character("Y"), bots.indices.contains(bot) else {
                notice = Notice(words: "not restarted", isGood: true, at: now)
                return nil
            }
            notice = Notice(
                words: "asking \(label(bots[bot])) to restart", isGood: true, at: now, isPending: true)
            return .restart(bot: bot)
        case .help:
            dialog = .none
            return key == .character("q") ? .quit : nil
        case .none: break
        }
        switch key {
        case .character("q"): return .quit
        case .character("?"), .character("h"): dialog = .help
        case .character("r"): askForRestart()
        case .up, .character("k"): select(row - 1)
        case .down, .character("j"): select(row + 1)
        case .home, .character("g"): select(0)
        case .end, .character("G"): select(bots.count - 1)
        case .pageUp: select(row - 10)
        case .pageDown: select(row + 10)
        case .enter: isAlone = bots.count > 1 && !isAlone
        case .character("s"): isByTrouble = bots.count > 1 && !isByTrouble
        case .escape:
            if notice?.isPending == false { notice = nil } else { isAlone = false }
        case .character, .other: break
        }
        return nil
    }

    private mutating func askForRestart() {
        if case .unreadable(let words) = token {
            notice = Notice(words: "RESTART_TOKEN cannot be read: \(words)", isGood: false, at: now)
        } else if notice?.isPending == true {
            // One restart at a time; its answer arrives within the timeout.
        } else if bot != nil {
            dialog = .restart(bot: selected)
        }
    }

    /// Chooses the bot in a row, or the last one before it.
    private mutating func select(_ row: Int) {
        let order = order
        let row = min(max(0, row), order.count - 1)
        if order.indices.contains(row) { selected = order[row] }
    }
}
