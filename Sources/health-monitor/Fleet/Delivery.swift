import KeepAliveKit
import KeepAlivePlatform

/// What came of sending one event.
struct Delivery: Sendable, Equatable {
    enum Outcome: Sendable, Equatable {
        case delivered
        /// It may work later.
        case failed(reason: String)
        /// It takes a person to make it work (a revoked token, a channel that is gone): logged as an error. It is tried
        /// again like any other, since that person may be at work already.
        case refused(reason: String)
    }

    let outcome: Outcome
    /// For how long the peer wants nothing more of us, where it has said so. The outbox keeps to it.
    var pause: Duration?

    static let delivered = Delivery(outcome: .delivered)

    static func failed(reason: String, retryAfter: Duration?) -> Delivery {
        Delivery(outcome: .failed(reason: reason), pause: retryAfter)
    }

    static func refused(reason: String) -> Delivery { Delivery(outcome: .refused(reason: reason)) }

    var isDelivered: Bool { outcome == .delivered }
}

extension Delivery {
    /// A `Retry-After` field: seconds, or a date (RFC 9110, section 10.2.3).
    static func retryAfter(_ field: String?, now: WallTime = .now()) -> Duration? {
        guard let field else { return nil }
        if let seconds = Double(field) { return duration(seconds: seconds) }
        guard let date = HTTPDate.seconds(field) else { return nil }
        return .seconds(min(max(0, date - now.microseconds / 1_000_000), 86_400))
    }

    /// Seconds as a peer gave them, kept within a day: nobody is to silence alerts for longer.
    static func duration(seconds: Double?) -> Duration? {
        guard let seconds, seconds.isFinite, seconds >= 0 else { return nil }
        return .seconds(min(seconds, 86_400))
    }
}
