/// What an error of the bot's body means for its restart.
public enum ErrorClass: Equatable, Sendable {
    /// The network or the server behind it: connection refused or reset, timeout, DNS, HTTP 5xx, 429.
    ///
    /// The body is started again after the backoff, and after `retryAfter` at the earliest; no attempt is used up, since
    /// the bot can do nothing about an outage.
    case network(retryAfter: Duration? = nil)
    /// Anything else: restarted after the backoff; counts toward the restart limit.
    case failure
    /// Starting again will not help (bad token, bad configuration, damaged database): stop now, with exit code 78.
    case critical
    /// The system is short of something (memory, descriptors, room on the disk): stop now, with exit code 71, so that a
    /// supervisor starts the bot again.
    case system
}

/// An error that knows its class; the kit asks it where the embedder's own rule says nothing.
public protocol ClassifiedError: Error {
    /// What the error means for a restart.
    var errorClass: ErrorClass { get }
}

extension ErrorClass {
    /// The class of an error: what the embedder's rule says, else what the error itself says, else ``failure``.
    static func of(_ error: any Error, rule: (@Sendable (any Error) -> ErrorClass?)?) -> ErrorClass {
        rule?(error) ?? (error as? any ClassifiedError)?.errorClass ?? .failure
    }
}
