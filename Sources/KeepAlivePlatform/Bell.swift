import Synchronization

/// Wakes one thread that waits for it, or for a time: a condition variable, which unlike a pipe takes no descriptors.
@safe package final class Bell: @unchecked Sendable {
    // Unchecked: the two are only reached through the calls that are made for use from many threads.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Behind the mutex.
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
            // A wall clock that is set must not wake anybody, nor let him sleep on.
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

    /// Wakes who waits, or who comes to wait next. From any thread; never waits.
    package func ring() {
        unsafe pthread_mutex_lock(mutex)
        rings = true
        unsafe pthread_cond_signal(condition)
        unsafe pthread_mutex_unlock(mutex)
    }

    /// Waits until it rings, or the time has come; nil waits for ever.
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
