import KeepAliveKit
import KeepAlivePlatform

/// What happens to the dashboard.
enum WatchEvent: Sendable {
    /// Time passed.
    case tick
    case key(Key)
    /// One look at the bot of a number.
    case looked(bot: Int, Look)
    case system(SystemSample)
    case processes(bot: Int, [ProcessSample])
    /// What came of the restart that was asked of a bot.
    case restartAnswer(bot: Int, accepted: Bool, words: String)
}

/// One look at a bot: what it said, and how long it took to say it.
struct Look: Sendable {
    var finding: Finding
    var name: String?
    var took: Duration
}

/// What the dashboard has to do.
enum WatchAction: Equatable {
    case quit
    /// Ask the bot of a number to restart.
    case restart(bot: Int)
}
