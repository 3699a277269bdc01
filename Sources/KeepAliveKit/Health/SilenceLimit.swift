import KeepAlivePlatform

/// How long a bot may go without update and heartbeat before it is unhealthy.
///
/// A value; safe to use from any thread.
public struct SilenceLimit: Equatable, Sendable, CustomStringConvertible {
    /// The longest silence of a healthy bot; nil when silence is no sign of trouble.
    public let duration: Duration?

    private init(_ duration: Duration?) {
        self.duration = duration
    }

    /// Silence for longer than this is unhealthy.
    public static func after(_ duration: Duration) -> Self { Self(duration) }

    /// Silence for longer than this many seconds is unhealthy; short for `.after(.seconds(…))`.
    public static func seconds(_ seconds: Double) -> Self { Self(.seconds(seconds)) }

    /// Silence is no sign of trouble: checks, gateways and the executor decide. For a bot that serves webhooks.
    public static let never = Self(nil)

    /// `300 s` or `never`, the value of `UNHEALTHY_AFTER_SEC`.
    public var description: String { duration?.inWords ?? "never" }
}
