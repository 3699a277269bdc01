import KeepAliveKit
import KeepAlivePlatform

/// Processes that a bot leaves running at its end: they would compete with the next bot for its port and chat.
///
/// On Linux these are all descendants of the launcher, which adopts orphans. So it also finds processes that left the
/// bot's group or became daemons.
/// As PID 1 it adopts foreign orphans too (`docker exec`). There only processes with the bot's environment or group
/// count. Orphans become children of this process: without children there are no descendants.
struct Remains {
    /// Children that this process had before it started a bot, for example of a script that executed it.
    private let others: [Int32: UInt64]
    /// A text in the environment of the bot's descendants.
    private let mark: String?

    /// - Parameter notifyPath: the socket that only this launcher's bot received.
    init(notifyPath: String) {
        let own = Children.exist ? ProcessTable.read().descendants(of: getpid()) : []
        others = Dictionary(own.map { ($0.id, $0.start) }) { first, _ in first }
        mark = getpid() == 1 ? "NOTIFY_SOCKET=\(notifyPath)" : nil
    }

    /// Ends the remaining processes of an ended bot: SIGTERM, then SIGKILL. Returns at once if there are none,
    /// otherwise within about 3 s.
    ///
    /// - Parameters:
    ///   - bot: its process, which was already reaped.
    ///   - sparing: a child that is not the bot's.
    ///   - isInHaste: send SIGKILL at once, because time is up.
    ///   - meanwhile: urgent work, which also reaps.
    /// - Returns: the processes that had to be signalled.
    func end(
        of bot: Int32, sparing: Int32? = nil, isInHaste: () -> Bool, meanwhile: () -> Void
    ) -> [ProcessFact] {
        #if os(Linux)
            var ended: [Int32: ProcessFact] = [:]
            let began = MonotonicTime.now()
            while Children.exist {
                let table = ProcessTable.read()
                // Without /proc only the group is known.
                guard !table.byID.isEmpty else { break }
                let left = found(in: table, of: bot, sparing)
                if left.isEmpty { return Array(ended.values) }
                let age = MonotonicTime.now().since(began)
                let isInHaste = isInHaste()
                // Processes that end together with the bot, such as the rest of a pipeline, do not count.
                if isInHaste || age > .milliseconds(60) {
                    let isOver = isInHaste || age > .seconds(2)
                    for process in left where isOver || ended[process.id] == nil {
                        kill(process.id, isOver ? SIGKILL : SIGTERM)
                        kill(process.id, SIGCONT)
                        ended[process.id] = process
                    }
                }
                if age > .seconds(3) { break }
                OSThread.rest(milliseconds: 20)
                meanwhile()
            }
            if !Children.exist { return Array(ended.values) }
            _ = kill(-bot, SIGKILL)
            return Array(ended.values)
        #else
            kill(-bot, SIGKILL)
            return []
        #endif
    }

    /// Whether a process of the bot is left, which could not be ended.
    func isLeft(of bot: Int32, sparing: Int32?) -> Bool {
        guard Children.exist else { return false }
        return !found(in: ProcessTable.read(), of: bot, sparing).isEmpty
    }

    private func found(in table: ProcessTable, of bot: Int32, _ sparing: Int32?) -> [ProcessFact] {
        table.descendants(of: getpid(), except: others).filter { $0.id != sparing && isBots($0, bot) }
    }

    private func isBots(_ process: ProcessFact, _ bot: Int32) -> Bool {
        guard let mark else { return true }
        return process.group == bot || ProcessTable.has(mark, process.id)
    }
}
