import KeepAliveKit
import KeepAlivePlatform

/// What a bot leaves running when it has ended: it would fight the next bot for its port and its chat.
///
/// On Linux that is everything below the launcher, which adopts orphans: whatever left the bot's group, or made itself a
/// daemon, is found by its ancestry. As PID 1 it adopts those of strangers too (`docker exec`): there only what has the
/// bot's environment, or is in its group, is the bot's. Orphans are this process's children: without any there is nothing below it.
struct Remains {
    /// Children that this process had before it started a bot, such as those of a script that it took the place of.
    private let others: [Int32: UInt64]
    /// What the bot's descendants have in their environment.
    private let mark: String?

    /// - Parameter notifyPath: the socket that only the bot of this launcher was given.
    init(notifyPath: String) {
        let own = Children.exist ? ProcessTable.read().descendants(of: getpid()) : []
        others = Dictionary(own.map { ($0.id, $0.start) }) { first, _ in first }
        mark = getpid() == 1 ? "NOTIFY_SOCKET=\(notifyPath)" : nil
    }

    /// Ends what is left of a bot that has ended: SIGTERM, then SIGKILL. Returns at once where nothing is left, else after
    /// about 3 s at the latest.
    ///
    /// - Parameters:
    ///   - bot: its process, which has been waited for.
    ///   - isInHaste: SIGKILL at once: time is up.
    ///   - meanwhile: what cannot wait; it reaps.
    /// - Returns: those that did not go by themselves.
    func end(of bot: Int32, isInHaste: Bool, meanwhile: () -> Void) -> [ProcessFact] {
        #if os(Linux)
            var ended: [Int32: ProcessFact] = [:]
            let began = MonotonicTime.now()
            while Children.exist {
                let table = ProcessTable.read()
                // Without /proc there is the group.
                guard !table.byID.isEmpty else { break }
                let left = table.descendants(of: getpid(), except: others).filter { isBots($0, bot) }
                if left.isEmpty { return Array(ended.values) }
                let age = MonotonicTime.now().since(began)
                // What ends together with the bot, such as the rest of a pipeline, is not left behind.
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

    private func isBots(_ process: ProcessFact, _ bot: Int32) -> Bool {
        guard let mark else { return true }
        return process.group == bot || ProcessTable.has(mark, process.id)
    }
}
