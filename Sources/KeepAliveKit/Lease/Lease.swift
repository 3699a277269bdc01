package import KeepAlivePlatform

/// The lease that the launcher holds for this bot, so that only one machine's bot works at a time. A value; safe to use
/// from any thread.
///
/// Ask ``isHeld(for:)`` before each action that another machine's bot must not repeat, such as sending a message. Store
/// ``name`` and ``epoch`` with your data, and refuse writes of an earlier epoch: a message that already left cannot be
/// stopped, but a database can refuse it.
///
/// ```swift
/// guard keepAlive.lease.isHeld(for: .seconds(15)) else { return }    // the timeout of the request
/// try await api.send(reply)
/// ```
///
/// Without a lease nothing has to be fenced: `isHeld` is true, and name, epoch and `heldFor` are nil. Bots that never
/// run with a lease need no code for it. When a lease runs out, the kit ends the process with exit code 75 within
/// 0.2 s, also while the bot hangs; ``isHeld(for:)`` is false from the first moment on.
public struct Lease: Sendable {
    /// The lease's name, `LEASE_NAME` of the launcher; nil without a lease.
    public let name: String?
    /// Grows with each change of the holder; nil without a lease.
    public let epoch: Int64?
    private let deadline: SharedDeadline?

    /// No lease: always held.
    package static let none = Lease()

    private init() { (name, epoch, deadline) = (nil, nil, nil) }

    /// A lease whose deadline another process moves.
    package init(name: String, epoch: Int64, deadline: SharedDeadline) {
        self.name = name
        self.epoch = epoch
        self.deadline = deadline
    }

    /// Whether the lease is held now, and for so much longer if the launcher does not renew it. True without a lease.
    ///
    /// Costs about 30 ns; the time counts while the machine is suspended.
    public func isHeld(for duration: Duration = .zero) -> Bool {
        guard let left = nanosecondsLeft else { return true }
        return left > 0 && left > duration.saturatedNanoseconds
    }

    /// How much longer the lease is held if the launcher does not renew it: zero once it has run out; nil without a
    /// lease.
    public var heldFor: Duration? { nanosecondsLeft.map { .nanoseconds($0) } }

    /// ``heldFor`` in nanoseconds; it neither allocates nor waits.
    var nanosecondsLeft: Int64? {
        guard let deadline else { return nil }
        let (end, now) = (deadline.nanoseconds, BootClock.nanoseconds)
        return end > now ? Int64(clamping: end - now) : 0
    }
}

extension Lease {
    /// The lease as `/health` shows it; nil without one.
    var report: LeaseReport? {
        guard let name, let epoch, let heldFor else { return nil }
        return LeaseReport(name: name, epoch: epoch, heldFor: heldFor.seconds)
    }
}

/// `lease` in `/health`.
package struct LeaseReport: Equatable, Sendable {
    package let name: String
    package let epoch: Int64
    /// Seconds until it runs out unless it is renewed.
    package let heldFor: Double
}
