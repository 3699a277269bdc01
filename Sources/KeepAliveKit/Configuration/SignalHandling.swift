/// Who takes the process's signals and ends it: the kit, or the program around the bot. A value; safe to use from any thread.
public struct SignalHandling: Equatable, Sendable {
    private enum Kind: Sendable { case handled, leftToTheProgram }
    private let kind: Kind

    /// The kit takes SIGTERM, SIGINT and SIGHUP while the bot runs, and ends the process where the bot cannot be stopped in time.
    public static let handled = SignalHandling(kind: .handled)

    /// The kit installs no signal handlers, and never ends the process because of a deadline or a lost connection: `run` throws
    /// ``KeepAliveError/Kind/stopTimedOut`` or ``KeepAliveError/Kind/condemned`` instead, so that the program's other services
    /// can end in order.
    ///
    /// Stop the bot by ``KeepAlive/shutDown()``, by the cancellation of its task or as a ``KeepAliveService``. A stopped
    /// executor still ends the process: nothing else could.
    public static let leftToTheProgram = SignalHandling(kind: .leftToTheProgram)
}
