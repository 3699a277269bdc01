import Synchronization

/// Wakes one thread that waits for it, or until a time. A condition variable needs no descriptors, unlike a pipe.
@safe package final class Bell: @unchecked Sendable {
    // Unchecked: both are used only through calls that are thread-safe.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Protected by the mutex.
    private var rings = false

    package init() {
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe pthread_mutex_init(mutex, nil)
        #if canImport(Darwin)
            pthread_cond_init(condition, nil)
        #else
            var attributes = pthread_condattr_t()
            unsafe pthread_condattr_init(&attributes)
            // A change of the wall clock must neither wake the thread nor extend its sleep.
            unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            unsafe pthread_cond_init(condition, &attributes)
            unsafe pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Wakes the waiting thread, or the next to wait. From any thread; never waits.
    package func ring() {
        unsafe pthread_mutex_lock(mutex)
        rings = true
        unsafe pthread_cond_signal(condition)
        unsafe pthread_mutex_unlock(mutex)
    }

    /// Waits until it rings, or until the time; nil waits without limit.
    package func wait(until time: MonotonicTime?) {
        unsafe pthread_mutex_lock(mutex)
        defer {
            rings = false
            unsafe pthread_mutex_unlock(mutex)
        }
        while !rings {
            guard let time else {
                unsafe pthread_cond_wait(condition, mutex)
                continue
            }
            let left = time.elapsed(since: .now())
            guard left > 0 else { return }
            #if canImport(Darwin)
                var span = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
                pthread_cond_timedwait_relative_np(condition, mutex, &span)
            #else
                var end = timespec()
                end.tv_sec = time_t(time.nanoseconds / 1_000_000_000)
                end.tv_nsec = Int(time.nanoseconds % 1_000_000_000)
                unsafe pthread_cond_timedwait(condition, mutex, &end)
            #endif
        }
    }
}
