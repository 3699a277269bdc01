import KeepAliveKit
import KeepAlivePlatform

/// Processes left by a killed launcher. On Linux the kernel asked the bot to stop when its launcher died. A bot that
/// has not stopped yet, and processes it started, would compete with the next bot for its port and chat.
struct Leftover {
    private let statusFile: StatusFile
    /// A text that only descendants of this state folder's bots have in their environment.
    private let mark: String
    /// The bot's process; nil if only others are left.
    let bot: Int32?
    /// The other processes.
    let others: [ProcessFact]

    /// Nil if there are none.
    ///
    /// - Parameter notifyPath: the bot's socket, if the file does not name it: a long path gets a socket elsewhere.
    init?(_ statusFile: StatusFile, notifyPath: String) {
        guard let old = statusFile.read(), old.bot > 0, old.botStartTime != 0 else { return nil }
        self.statusFile = statusFile
        mark = "NOTIFY_SOCKET=\(old.notify.isEmpty ? notifyPath : old.notify)"
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

    /// Ends the processes and waits until they are gone.
    func end(grace: Duration) {
        let deadline = MonotonicTime.now().advanced(by: grace)
        signal(SIGTERM)
        wait(until: deadline)
        signal(SIGKILL)
        // After their end the port is free.
        wait(until: MonotonicTime.now().advanced(by: .seconds(1)))
    }

    private func signal(_ number: Int32) {
        if let bot, statusFile.leftover == bot {
            ProcessGroup.signal(bot, number)
            ProcessGroup.signal(bot, SIGCONT)
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

    /// A process id may belong to another process by now.
    private var remaining: [ProcessFact] {
        others.filter { process in
            guard let now = ProcessFact.of(process.id) else { return false }
            return now.start == process.start && !now.isZombie
        }
    }

    private static func others(of old: StatusFile.Status, _ mark: String) -> [ProcessFact] {
        let table = ProcessTable.read()
        // A bot may have started a launcher.
        let own = table.line(of: getpid())
        return table.byID.values.sorted { $0.id < $1.id }.filter { process in
            !own.contains(process.id) && !process.isZombie && process.id != old.bot
                && process.start >= old.botStartTime && ProcessTable.has(mark, process.id)
        }
    }
}
