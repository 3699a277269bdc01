/// What an error of the bot's body means for its restart.
public enum ErrorClass: Equatable, Sendable {
    /// The network or the server behind it: connection refused or reset, timeout, DNS, HTTP 5xx, 429.
    ///
    /// The body restarts after the backoff delay, and no earlier than `retryAfter`. It does not count toward the limit,
    /// because the bot cannot fix an outage.
    case network(retryAfter: Duration? = nil)
    /// Anything else: restarted after the backoff; counts toward the restart limit.
    case failure
    /// A restart will not help (bad token, bad configuration, damaged database): stop now, with exit code 78.
    case critical
    /// The system is short of something (memory, descriptors, disk space): stop now, with exit code 71, so that a
    /// supervisor restarts the bot.
    case system
}

/// An error that knows its class; the kit uses it if the embedder's own rule returns nil.
public protocol ClassifiedError: Error {
    /// What the error means for a restart.
    var errorClass: ErrorClass { get }
}

extension ErrorClass {
    /// The class of an error: by the embedder's rule, then by the error itself, otherwise ``failure``.
    static func of(_ error: any Error, rule: (@Sendable (any Error) -> ErrorClass?)?) -> ErrorClass {
        rule?(error) ?? (error as? any ClassifiedError)?.errorClass ?? .failure
    }
}
