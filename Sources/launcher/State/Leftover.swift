import KeepAliveKit
import KeepAlivePlatform

/// What a killed launcher left behind. On Linux the kernel told the bot to stop when its launcher died; one that has not yet,
/// and what the bot itself had started, would fight the next one for its port and its chat.
struct Leftover {
    private let statusFile: StatusFile
    /// What only the descendants of this state folder's bots have in their environment.
    private let mark: String
    /// The bot's process; nil when only others are left.
    let bot: Int32?
    /// The others.
    let others: [ProcessFact]

    /// nil when there is none.
    ///
    /// - Parameter notifyPath: the socket that only the bots of this state folder were given.
    init?(_ statusFile: StatusFile, notifyPath: String) {
        guard let old = statusFile.read(), old.bot > 0, old.botStartTime != 0 else { return nil }
        self.statusFile = statusFile
        mark = "NOTIFY_SOCKET=\(notifyPath)"
        bot = statusFile.leftover
        others = Self.others(of: old, mark)
        if bot == nil, others.isEmpty { return nil }
    }

    /// For the log.
    var words: String {
        let list = others.map(\.words).joined(separator: ", ")
        guard let bot else { return "ending processes that an earlier launcher left running: \(list)" }
        return "ending the bot that an earlier launcher left running (process \(bot))"
            + (list.isEmpty ? "" : ", and \(list)")
    }

    /// Ends it, and waits until it is gone.
    func end(grace: Duration) {
        let deadline = MonotonicTime.now().advanced(by: grace)
        signal(SIGTERM)
        wait(until: deadline)
        signal(SIGKILL)
        // Its port is free once it is gone.
        wait(until: MonotonicTime.now().advanced(by: .seconds(1)))
    }

    private func signal(_ number: Int32) {
        if let bot, statusFile.leftover == bot {
            kill(-bot, number)
            kill(-bot, SIGCONT)
        }
        for process in remaining {
            kill(process.id, number)
            kill(process.id, SIGCONT)
        }
    }

    private func wait(until deadline: MonotonicTime) {
        while statusFile.leftover != nil || !remaining.isEmpty, MonotonicTime.now() < deadline {
            OSThread.rest(milliseconds: 20)
        }
    }

    /// A number may be another process's by now.
    private var remaining: [ProcessFact] {
        others.filter { process in
            guard let now = ProcessFact.of(process.id) else { return false }
            return now.start == process.start && !now.isZombie
        }
    }

    private static func others(of old: StatusFile.Status, _ mark: String) -> [ProcessFact] {
        let table = ProcessTable.read()
        // A launcher may have been started by a bot.
        let own = table.line(of: getpid())
        return table.byID.values.sorted { $0.id < $1.id }.filter { process in
            !own.contains(process.id) && !process.isZombie && process.id != old.bot
                && process.start >= old.botStartTime && ProcessTable.has(mark, process.id)
        }
    }
}
