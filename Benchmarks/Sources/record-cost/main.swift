// Nanoseconds for one recorded update, by the kit and by the usual ways to do it by hand, from one thread and from two.
// One line for each: name, threads, nanoseconds of CPU time an update in each thread.
//
// Arguments: updates for each thread.

import KeepAliveKit
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

func nanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
}

/// A counter and the time of the last update behind a lock.
final class LockedCounter: Sendable {
    private let state = Mutex((count: 0 as UInt64, last: 0 as Int64))

    @inline(never)
    func record() {
        state.withLock { state in
            state.count &+= 1
            state.last = nanoseconds(CLOCK_MONOTONIC)
        }
    }
}

/// One shared atomic counter, and the time of the last update beside it.
final class AtomicCounter: Sendable {
    private let count = Atomic<UInt64>(0)
    private let last = Atomic<Int64>(0)

    @inline(never)
    func record(_ clock: clockid_t) {
        count.wrappingAdd(1, ordering: .relaxed)
        last.store(nanoseconds(clock), ordering: .relaxed)
    }
}

/// Keeps the calling thread on one core; where that cannot be, the system places it.
func pin(to core: Int) {
    #if os(Linux)
        // A GNU extension that Swift's module of the C library leaves out.
        typealias Call = @convention(c) (Int32, Int, UnsafeRawPointer) -> Int32
        guard let symbol = dlsym(nil, "sched_setaffinity") else { return }
        var mask = UInt64(1) << UInt64(core)
        _ = unsafeBitCast(symbol, to: Call.self)(0, MemoryLayout<UInt64>.size, &mask)
    #endif
}

/// What the threads share: the work, a start line, and the CPU time they took.
final class Work: Sendable {
    let body: @Sendable () -> Void
    let next = Atomic<Int>(0)
    let ready: Atomic<Int>
    let go = Atomic<Bool>(false)
    let time = Atomic<Int64>(0)

    init(threads: Int, body: @escaping @Sendable () -> Void) {
        self.body = body
        ready = Atomic(threads)
    }

    func run() {
        pin(to: next.wrappingAdd(1, ordering: .relaxed).oldValue)
        ready.wrappingSubtract(1, ordering: .acquiringAndReleasing)
        while !go.load(ordering: .acquiring) { sched_yield() }
        let start = nanoseconds(CLOCK_THREAD_CPUTIME_ID)
        body()
        time.wrappingAdd(nanoseconds(CLOCK_THREAD_CPUTIME_ID) - start, ordering: .relaxed)
    }
}

/// CPU time of one thread, the mean of all, which run on a core of their own each. Time in which something else had the
/// core does not count; waiting for the other core's cache line does.
func measure(threads: Int, _ body: @escaping @Sendable () -> Void) -> Double {
    let work = Work(threads: threads, body: body)
    var handles: [pthread_t] = []
    for _ in 0..<threads {
        #if canImport(Darwin)
            var handle: pthread_t?
        #else
            var handle = pthread_t()
        #endif
        let code = pthread_create(
            &handle, nil,
            { argument in
                #if canImport(Darwin)
                    Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                #else
                    if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run() }
                #endif
                return nil
            }, Unmanaged.passRetained(work).toOpaque())
        guard code == 0 else { fatalError("pthread_create: \(code)") }
        #if canImport(Darwin)
            if let handle { handles.append(handle) }
        #else
            handles.append(handle)
        #endif
    }
    while work.ready.load(ordering: .acquiring) > 0 { sched_yield() }
    work.go.store(true, ordering: .releasing)
    for handle in handles { pthread_join(handle, nil) }
    return Double(work.time.load(ordering: .relaxed)) / Double(threads)
}

#if os(Linux)
    let coarseClock = CLOCK_MONOTONIC_COARSE
#else
    let coarseClock = CLOCK_MONOTONIC
#endif

let updates = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 2_000_000
// 40 µs to 320 ms: not always the same bucket of the histogram.
let durations = (0..<256).map { Duration.microseconds(40 + $0 * $0 * 5) }

for threads in [1, 2] {
    let monitor = HealthMonitor()
    let locked = LockedCounter()
    let atomic = AtomicCounter()
    let variants: [(String, @Sendable () -> Void)] = [
        ("kit-update", { for _ in 0..<updates { monitor.recordUpdate() } }),
        ("kit-update-took", { for index in 0..<updates { monitor.recordUpdate(took: durations[index & 255]) } }),
        ("mutex", { for _ in 0..<updates { locked.record() } }),
        ("atomic", { for _ in 0..<updates { atomic.record(CLOCK_MONOTONIC) } }),
        ("atomic-coarse", { for _ in 0..<updates { atomic.record(coarseClock) } }),
    ]
    for (name, body) in variants {
        let time = measure(threads: threads, body)
        print("\(name)\t\(threads)\t\(time / Double(updates))")
    }
}
