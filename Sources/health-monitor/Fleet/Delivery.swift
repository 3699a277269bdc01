import KeepAliveKit
import KeepAlivePlatform

/// The outcome of sending one event.
struct Delivery: Sendable, Equatable {
    enum Outcome: Sendable, Equatable {
        case delivered
        /// A later attempt may succeed.
        case failed(reason: String)
        /// A person has to fix it (a revoked token, a deleted channel): logged as an error. It is retried like any
        /// other failure, because that person may be at work already.
        case refused(reason: String)
    }

    let outcome: Outcome
    /// How long the peer asks us to wait, if it does. The outbox obeys.
    var pause: Duration?
    /// Of an event that the peer has taken for some recipients only: who has not got it, and why.
    var missing: String?

    static let delivered = Delivery(outcome: .delivered)

    static func failed(reason: String, retryAfter: Duration?) -> Delivery {
        Delivery(outcome: .failed(reason: reason), pause: retryAfter)
    }

    static func refused(reason: String) -> Delivery { Delivery(outcome: .refused(reason: reason)) }

    /// - Parameter missing: a sentence about the recipients that the peer refuses.
    static func delivered(missing: String) -> Delivery { Delivery(outcome: .delivered, missing: missing) }

    /// The peer has taken it for some recipients, and may take it for the others later.
    static func unfinished(missing: String) -> Delivery {
        Delivery(outcome: .failed(reason: missing), missing: missing)
    }

    var isDelivered: Bool { outcome == .delivered }
}

extension Delivery {
    /// A `Retry-After` field: seconds, or a date (RFC 9110, section 10.2.3).
    static func retryAfter(_ field: String?, now: WallTime = .now()) -> Duration? {
        guard let field else { return nil }
        if let seconds = Double(field) { return duration(seconds: seconds) }
        guard let date = HTTPDate.seconds(field) else { return nil }
        return .seconds(min(max(0, date - now.microseconds / 1_000_000), 3600))
    }

    /// Seconds from a peer, limited to an hour: no peer may silence alerts for longer, and one odd answer not for a day.
    static func duration(seconds: Double?) -> Duration? {
        guard let seconds, seconds.isFinite, seconds >= 0 else { return nil }
        return .seconds(min(seconds, 3600))
    }
}
