import KeepAlivePlatform
import Synchronization

/// What a bot reports of one connection, so that the watchdog can tell a zombie connection from a quiet night.
///
/// Report what happens on this connection alone: an answer of another one, such as the platform's HTTP API beside its gateway, is
/// no sign of life. One that never connects is given up after the disconnect grace.
///
/// Callable from any thread; it takes no lock, never waits and never hops an executor. Calls that race with each other
/// leave the state of one of them.
public final class GatewayHeartbeat: Sendable {
    private let made = MonotonicTime.now()
    private let isConnected = Atomic<Bool>(false)
    /// Nanoseconds of the monotonic clock; 0 is never.
    private let lastEvent = Atomic<Int64>(0)
    private let lastReady = Atomic<Int64>(0)
    private let disconnectedSince = Atomic<Int64>(0)
    private let latency = Atomic<Int64>(-1)
    private let latencyMeasured = Atomic<Int64>(0)
    /// Silence up to here was to be expected; ages count from here on.
    private let silenceUntil = Atomic<Int64>(0)
    private let hasAnnounced = Atomic<Bool>(false)
    private let onFirstReady = Mutex<(@Sendable () -> Void)?>(nil)

    /// Makes a heartbeat that is not connected yet.
    public init() {}

    /// The connection was made: the WebSocket is open, the first poll was answered. Again, while it stands, is a ``touch()``.
    public func noteConnected() {
        noteConnected(at: .now())
    }

    /// The service has accepted the bot: Discord's READY or RESUMED, Telegram's first answered poll. It connects, too.
    public func noteReady() {
        noteReady(at: .now())
    }

    /// The connection is lost: closed, or a poll failed. Again, while it is lost, does not make the loss younger.
    public func noteDisconnected() {
        noteDisconnected(at: .now())
    }

    /// Something came over this connection: an event, an acknowledged heartbeat, an answered poll.
    public func touch() {
        touch(at: .now())
    }

    /// A round trip on this connection took this long: a heartbeat and its acknowledgement, a poll and its answer.
    ///
    /// It excuses silence until the stall limit, unless it took longer than 10 s; a new connection starts without one.
    ///
    /// - Parameter duration: zero or more; a negative one counts as zero.
    public func note(latency duration: Duration) {
        note(latency: duration, at: .now())
    }

    /// The service asked the bot to keep silent for a while, as HTTP 429 does: no age counts before that time is over.
    ///
    /// - Parameter duration: from now on; a shorter one does not end a longer one.
    public func noteAskedToWait(_ duration: Duration) {
        expectSilence(until: MonotonicTime.now().advanced(by: duration))
    }

    /// The state now.
    public var snapshot: GatewaySnapshot { snapshot(at: .now()) }

    // MARK: With the time given

    func noteConnected(at now: MonotonicTime) {
        // A round trip on an earlier connection says nothing about this one.
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

    /// The body is started again: whatever was, its connection begins now.
    func beginAnew(at now: MonotonicTime) {
        isConnected.store(false, ordering: .releasing)
        disconnectedSince.store(now.nanoseconds, ordering: .relaxed)
        forgetLatency()
        touch(at: now)
    }

    /// The run is over: the next one has to connect, and become ready, itself.
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

    /// What is to be told once the bot is ready for the first time from now on; at once where it is ready already.
    func whenReady(_ action: @escaping @Sendable () -> Void) {
        onFirstReady.withLock { $0 = action }
        hasAnnounced.store(false, ordering: .relaxed)
        let isReady = lastReady.load(ordering: .relaxed) != 0 && isConnected.load(ordering: .acquiring)
        if isReady { announceReady() }
    }

    private func announceReady() {
        // Once; after that, saying ready costs no more than the two stores above.
        guard !hasAnnounced.load(ordering: .relaxed), !hasAnnounced.exchange(true, ordering: .relaxed) else { return }
        onFirstReady.withLock { $0 }?()
    }
}
