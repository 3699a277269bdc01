import KeepAlivePlatform
import Synchronization

/// Counters that any thread adds to without locks and without waiting for another thread's cache line.
///
/// Each thread adds to one of eight stripes; a reader sums them. Measured: two threads on one shared counter cost each
/// other about 100 ns an update, on stripes of their own about 10.
///
/// The sums of one reading may differ by updates that were under way during it; none is lost.
final class UpdateCounters: Sendable {
    /// What the counters say at one moment.
    struct Totals: Equatable, Sendable {
        var updates: UInt64 = 0
        var errors: UInt64 = 0
        var lastUpdate: MonotonicTime?
        var lastHeartbeat: MonotonicTime?
    }

    private struct Stripe: ~Copyable {
        let updates = Atomic<UInt64>(0)
        let errors = Atomic<UInt64>(0)
        /// Nanoseconds of the monotonic clock; 0 is never.
        let lastUpdate = Atomic<Int64>(0)
        let lastHeartbeat = Atomic<Int64>(0)
        let latencies = LatencyHistogram()
    }

    private static let stripeCount = 8
    /// Two cache lines: x86 prefetches lines in pairs, and Apple's lines are 128 bytes.
    private static let stride = (MemoryLayout<Stripe>.size + 127) / 128 * 128

    // The memory is written in init and deinit alone; between them it is only reached through atomics.
    private nonisolated(unsafe) let memory: UnsafeMutableRawPointer
    private let stripeOfThread: pthread_key_t?
    private let nextStripe = Atomic<Int>(0)

    init() {
        memory = .allocate(byteCount: Self.stride * Self.stripeCount, alignment: 128)
        for index in 0..<Self.stripeCount {
            (memory + index * Self.stride).bindMemory(to: Stripe.self, capacity: 1).initialize(to: Stripe())
        }
        var key = pthread_key_t()
        // PTHREAD_KEYS_MAX may be used up; then every thread shares the first stripe: slower, not wrong.
        stripeOfThread = pthread_key_create(&key, nil) == 0 ? key : nil
    }

    deinit {
        for index in 0..<Self.stripeCount { stripe(index).deinitialize(count: 1) }
        memory.deallocate()
        if let stripeOfThread { pthread_key_delete(stripeOfThread) }
    }

    @inline(__always)
    private func stripe(_ index: Int) -> UnsafeMutablePointer<Stripe> {
        (memory + index * Self.stride).assumingMemoryBound(to: Stripe.self)
    }

    /// The calling thread's stripe; threads are dealt out in turn, so that two busy threads never meet by chance.
    @inline(__always)
    private var mine: UnsafeMutablePointer<Stripe> {
        guard let stripeOfThread else { return stripe(0) }
        if let known = pthread_getspecific(stripeOfThread) { return stripe(Int(bitPattern: known) - 1) }
        return firstUse(of: stripeOfThread)
    }

    @inline(never)
    private func firstUse(of key: pthread_key_t) -> UnsafeMutablePointer<Stripe> {
        let index = nextStripe.wrappingAdd(1, ordering: .relaxed).oldValue & (Self.stripeCount - 1)
        pthread_setspecific(key, UnsafeRawPointer(bitPattern: index + 1))
        return stripe(index)
    }

    @inline(__always)
    func addUpdate(at time: MonotonicTime) {
        let mine = self.mine
        mine.pointee.updates.wrappingAdd(1, ordering: .relaxed)
        mine.pointee.lastUpdate.store(time.nanoseconds, ordering: .relaxed)
    }

    @inline(__always)
    func addUpdate(at time: MonotonicTime, took nanoseconds: Int64) {
        let mine = self.mine
        mine.pointee.updates.wrappingAdd(1, ordering: .relaxed)
        mine.pointee.lastUpdate.store(time.nanoseconds, ordering: .relaxed)
        mine.pointee.latencies.record(nanoseconds: nanoseconds)
    }

    @inline(__always)
    func addError() {
        mine.pointee.errors.wrappingAdd(1, ordering: .relaxed)
    }

    @inline(__always)
    func addHeartbeat(at time: MonotonicTime) {
        mine.pointee.lastHeartbeat.store(time.nanoseconds, ordering: .relaxed)
    }

    var totals: Totals {
        var totals = Totals()
        for index in 0..<Self.stripeCount {
            let one = stripe(index)
            totals.updates &+= one.pointee.updates.load(ordering: .relaxed)
            totals.errors &+= one.pointee.errors.load(ordering: .relaxed)
            Self.keepLatest(&totals.lastUpdate, one.pointee.lastUpdate.load(ordering: .relaxed))
            Self.keepLatest(&totals.lastHeartbeat, one.pointee.lastHeartbeat.load(ordering: .relaxed))
        }
        return totals
    }

    /// The response times of all threads, counted together.
    var latencies: LatencyHistogram.Counts {
        var counts = LatencyHistogram.Counts()
        for index in 0..<Self.stripeCount { stripe(index).pointee.latencies.add(to: &counts) }
        return counts
    }

    @inline(__always)
    private static func keepLatest(_ latest: inout MonotonicTime?, _ nanoseconds: Int64) {
        guard nanoseconds != 0, nanoseconds > latest?.nanoseconds ?? .min else { return }
        latest = MonotonicTime(nanoseconds: nanoseconds)
    }
}
