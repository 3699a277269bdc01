import KeepAlivePlatform
import Synchronization

/// What a bot reports of one connection, so that the watchdog can tell a zombie connection from a quiet night.
///
/// Report only events of this connection: an answer on another connection, such as the platform's HTTP API beside its
/// gateway, is no sign of life. A connection that never opens is given up after the disconnect grace.
///
/// Callable from any thread; it takes no lock, never waits and never hops an executor. If two calls race, one wins.
public final class GatewayHeartbeat: Sendable {
    private let made = MonotonicTime.now()
    private let isConnected = Atomic<Bool>(false)
    /// Nanoseconds of the monotonic clock; 0 is never.
    private let lastEvent = Atomic<Int64>(0)
    private let lastReady = Atomic<Int64>(0)
    private let disconnectedSince = Atomic<Int64>(0)
    private let latency = Atomic<Int64>(-1)
    private let latencyMeasured = Atomic<Int64>(0)
    /// Silence until then was expected; ages count from then on.
    private let silenceUntil = Atomic<Int64>(0)
    private let hasAnnounced = Atomic<Bool>(false)
    private let onFirstReady = Mutex<(@Sendable () -> Void)?>(nil)

    /// Makes a heartbeat that is not connected yet.
    public init() {}

    /// The connection was made: a WebSocket is open, a first poll was answered. While connected: ``touch()``.
    public func noteConnected() {
        noteConnected(at: .now())
    }

    /// The service has accepted the bot: Discord's READY or RESUMED, Telegram's first answer. It implies connected.
    public func noteReady() {
        noteReady(at: .now())
    }

    /// The connection is lost: closed, or a poll failed. A second call does not reset the age of the loss.
    public func noteDisconnected() {
        noteDisconnected(at: .now())
    }

    /// Something arrived on this connection: an event, an acknowledged heartbeat, an answered poll.
    public func touch() {
        touch(at: .now())
    }

    /// The duration of a round trip on this connection: a heartbeat and its acknowledgement, a poll and its answer.
    ///
    /// It excuses silence until the stall limit, unless it took longer than 10 s. A new connection starts without one.
    ///
    /// - Parameter duration: zero or more; a negative one counts as zero.
    public func note(latency duration: Duration) {
        note(latency: duration, at: .now())
    }

    /// The service asked the bot to stay silent for a while, as HTTP 429 does: ages count only after that time.
    ///
    /// - Parameter duration: from now on; a shorter one does not end a longer one.
    public func noteAskedToWait(_ duration: Duration) {
        expectSilence(until: MonotonicTime.now().advanced(by: duration))
    }

    /// The state now.
    public var snapshot: GatewaySnapshot { snapshot(at: .now()) }

    // MARK: With the time given

    func noteConnected(at now: MonotonicTime) {
        // A round trip on an earlier connection proves nothing about this one.
        if !isConnected.exchange(true, ordering: .acquiringAndReleasing) { forgetLatency() }
        disconnectedSince.store(0, ordering: .relaxed)
        touch(at: now)
    }

    func noteReady(at now: MonotonicTime) {
        lastReady.store(now.nanoseconds, ordering: .relaxed)
        noteConnected(at: now)
        announceReady()
    }

    func noteDisconnected(at now: MonotonicTime) {
        if disconnectedSince.load(ordering: .relaxed) == 0 {
            disconnectedSince.store(now.nanoseconds, ordering: .relaxed)
        }
        isConnected.store(false, ordering: .releasing)
    }

    func touch(at now: MonotonicTime) {
        lastEvent.store(now.nanoseconds, ordering: .relaxed)
    }

    func note(latency duration: Duration, at now: MonotonicTime) {
        latency.store(max(0, duration.saturatedNanoseconds), ordering: .relaxed)
        latencyMeasured.store(now.nanoseconds, ordering: .relaxed)
    }

    func expectSilence(until time: MonotonicTime) {
        silenceUntil.max(time.nanoseconds, ordering: .relaxed)
    }

    /// The expected silence ends early.
    func endSilence(at now: MonotonicTime) {
        silenceUntil.min(now.nanoseconds, ordering: .relaxed)
    }

    /// The body restarts: its connection begins now, without history.
    func beginAnew(at now: MonotonicTime) {
        isConnected.store(false, ordering: .releasing)
        disconnectedSince.store(now.nanoseconds, ordering: .relaxed)
        forgetLatency()
        touch(at: now)
    }

    /// The run is over: the next run must connect and become ready itself.
    func forget(at now: MonotonicTime) {
        beginAnew(at: now)
        lastReady.store(0, ordering: .relaxed)
    }

    private func forgetLatency() {
        latency.store(-1, ordering: .relaxed)
        latencyMeasured.store(0, ordering: .relaxed)
    }

    func snapshot(at now: MonotonicTime) -> GatewaySnapshot {
        let silence = MonotonicTime(nanoseconds: silenceUntil.load(ordering: .relaxed))
        func age(_ time: borrowing Atomic<Int64>) -> Duration? {
            let nanoseconds = time.load(ordering: .relaxed)
            return nanoseconds == 0 ? nil : now.since(max(silence, MonotonicTime(nanoseconds: nanoseconds)))
        }
        let connected = isConnected.load(ordering: .acquiring)
        let latency = latency.load(ordering: .relaxed)
        return GatewaySnapshot(
            connected: connected, lastEventAge: age(lastEvent) ?? now.since(max(silence, made)),
            lastReadyAge: age(lastReady),
            disconnectAge: connected ? nil : age(disconnectedSince) ?? now.since(max(silence, made)),
            latency: latency < 0 ? nil : .nanoseconds(latency), latencyAge: age(latencyMeasured))
    }

    // MARK: Ready

    /// Registers an action for the moment when the bot is first ready; runs it at once if the bot is ready already.
    func whenReady(_ action: @escaping @Sendable () -> Void) {
        onFirstReady.withLock { $0 = action }
        hasAnnounced.store(false, ordering: .relaxed)
        let isReady = lastReady.load(ordering: .relaxed) != 0 && isConnected.load(ordering: .acquiring)
        if isReady { announceReady() }
    }

    private func announceReady() {
        // Once; after that, a ready call costs no more than the two stores above.
        guard !hasAnnounced.load(ordering: .relaxed), !hasAnnounced.exchange(true, ordering: .relaxed) else { return }
        onFirstReady.withLock { $0 }?()
    }
}
