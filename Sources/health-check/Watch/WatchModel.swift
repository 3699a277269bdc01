import KeepAliveKit
import KeepAlivePlatform

/// Everything that the dashboard shows. Pure: each event changes it and returns an action.
struct WatchModel {
    var bots: [BotState]
    private(set) var selected = 0 {
        // A shown log is that of the chosen bot, whoever has chosen it.
        didSet { if let log, log.bot != selected { self.log = LauncherLog(bot: selected) } }
    }
    /// Whether troubled bots are listed first.
    private(set) var isByTrouble: Bool
    /// Whether a person has chosen a bot; until then it is the first one.
    private var hasChosen = false
    /// The listed bots have this in their name, address or status.
    private(set) var filter = ""
    /// Whether keys go to the filter.
    private(set) var isTyping = false
    /// The shown log.
    private(set) var log: LauncherLog?
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

    /// The last lines of a bot's launcher; nil until they are read.
    struct LauncherLog: Equatable {
        let bot: Int
        var lines: [String]?
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
        isByTrouble = addresses.count > 1
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

    /// The listed bots' numbers in display order.
    var order: [Int] {
        let listed = filter.isEmpty ? Array(bots.indices) : bots.indices.filter { isListed(bots[$0]) }
        guard isByTrouble else { return listed }
        return listed.sorted { (bots[$0].status.rawValue, $0) < (bots[$1].status.rawValue, $1) }
    }

    private func isListed(_ bot: BotState) -> Bool {
        [bot.title, bot.place, bot.status.word].contains { Self.contains(Array($0.utf8), Array(filter.utf8)) }
    }

    /// Whether a text contains another, whatever the case of ASCII letters.
    private static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
        guard text.count >= part.count else { return false }
        return (0...text.count - part.count).contains { start in
            part.indices.allSatisfy { lower(text[start + $0]) == lower(part[$0]) }
        }
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
            if !hasChosen, let first = order.first { selected = first }
        case .system(let sample): system = sample
        case .processes(let bot, let processes):
            if bots.indices.contains(bot) { bots[bot].processes = processes }
            if log?.bot == bot { return readLog() }
        case .log(let bot, let lines):
            if log?.bot == bot { log?.lines = lines }
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
        if isTyping { return type(key) }
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
        case .wheelUp: select(row - 3)
        case .wheelDown: select(row + 3)
        case .bot(let bot): click(bot)
        case .character("/"): isTyping = bots.count > 1
        case .character("l"):
            if log != nil { log = nil } else { return openLog() }
        case .enter: isAlone = bots.count > 1 && !isAlone
        case .character("s"): isByTrouble = bots.count > 1 && !isByTrouble
        case .escape:
            if notice?.isPending == false {
                notice = nil
            } else if log != nil {
                log = nil
            } else if isAlone {
                isAlone = false
            } else {
                setFilter("")
            }
        case .character, .backspace, .click, .other: break
        }
        return nil
    }

    /// A second click shows the bot alone.
    private mutating func click(_ bot: Int) {
        if hasChosen, bot == selected { isAlone = true }
        select(order.firstIndex(of: bot) ?? row)
    }

    private mutating func type(_ key: Key) -> WatchAction? {
        switch key {
        case .character(let letter): setFilter(filter + String(letter))
        case .backspace: setFilter(String(filter.dropLast()))
        case .enter: isTyping = false
        case .escape:
            isTyping = false
            setFilter("")
        case .up: select(row - 1)
        case .down: select(row + 1)
        default: break
        }
        return nil
    }

    private mutating func setFilter(_ text: String) {
        filter = String(text.prefix(60))
        let order = order
        if !order.contains(selected), let first = order.first { selected = first }
    }

    private mutating func openLog() -> WatchAction? {
        log = LauncherLog(bot: selected)
        return readLog()
    }

    private mutating func readLog() -> WatchAction? {
        guard let bot = log?.bot, bots.indices.contains(bot) else { return nil }
        if let launcher = bots[bot].processes.first(where: { $0.role == .launcher }) {
            return .readLog(bot: bot, launcher: launcher.id)
        }
        log?.lines = ["no launcher on this machine runs this bot"]
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
        hasChosen = true
        let order = order
        let row = min(max(0, row), order.count - 1)
        guard order.indices.contains(row) else { return }
        selected = order[row]
    }
}
