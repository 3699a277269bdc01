import KeepAliveKit
import KeepAlivePlatform

/// An event of the dashboard.
enum WatchEvent: Sendable {
    /// Time passed.
    case tick
    case key(Key)
    /// One poll of the bot with this number.
    case looked(bot: Int, Look)
    case system(SystemSample)
    case processes(bot: Int, [ProcessSample])
    /// The last lines of a bot's launcher.
    case log(bot: Int, [String])
    /// The outcome of a bot's restart request.
    case restartAnswer(bot: Int, accepted: Bool, words: String)
}

/// One poll of a bot: its answer, and the time it took.
struct Look: Sendable {
    var finding: Finding
    var name: String?
    var took: Duration
}

/// An action for the dashboard.
enum WatchAction: Equatable {
    case quit
    /// Ask the bot with this number to restart.
    case restart(bot: Int)
    /// Read the log of this bot's launcher.
    case readLog(bot: Int, launcher: Int32)
}
