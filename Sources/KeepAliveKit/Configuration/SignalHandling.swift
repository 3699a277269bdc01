/// Whether the kit or the surrounding program takes the process's signals and ends it. A value; safe from any thread.
public struct SignalHandling: Equatable, Sendable {
    private enum Kind: Sendable { case handled, leftToTheProgram }
    private let kind: Kind

    /// The kit takes SIGTERM, SIGINT and SIGHUP while the bot runs, and ends the process if it does not stop in time.
    ///
    /// Only one bot of a process may have them. A `DispatchSource` of the program, or a `ServiceGroup` of
    /// swift-service-lifecycle, would take them from it: use ``leftToTheProgram`` there.
    public static let handled = SignalHandling(kind: .handled)

    /// The kit has no signal handlers while the bot runs, and never ends the process because of a deadline or a lost
    /// connection: `run` throws ``KeepAliveError/Kind/stopTimedOut`` or ``KeepAliveError/Kind/condemned`` instead, so that the
    /// program's other services can end in order.
    ///
    /// Stop the bot by ``KeepAlive/shutDown()``, by cancelling its task or as a ``KeepAliveService``. A stopped
    /// executor still ends the process: nothing else could.
    public static let leftToTheProgram = SignalHandling(kind: .leftToTheProgram)
}
