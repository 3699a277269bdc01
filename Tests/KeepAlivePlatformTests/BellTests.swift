import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

struct BellTests {
    @Test func aRingBeforeTheWaitIsHeard() async throws {
        let bell = Bell()
        bell.ring()
        try await BlockingWork.run { bell.wait(until: nil) }
    }

    /// With the wall clock the time would be long over, and the thread would spin until it is.
    @Test func theThreadSleepsUntilTheTime() async throws {
        let (waited, worked) = try await BlockingWork.run {
            let bell = Bell()
            let (start, work) = (MonotonicTime.now(), Self.threadTime())
            bell.wait(until: start.advanced(by: .milliseconds(300)))
            return (MonotonicTime.now().since(start), Self.threadTime() - work)
        }
        #expect(waited >= .milliseconds(300))
        #expect(worked < waited / 2)
    }

    /// The processor time of this thread.
    private static func threadTime() -> Duration {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// A ring wakes once: the next wait lasts until its time.
    @Test func aRingIsHeardOnce() async throws {
        let end = try await BlockingWork.run {
            let bell = Bell()
            bell.ring()
            bell.ring()
            bell.wait(until: nil)
            let end = MonotonicTime.now().advanced(by: .milliseconds(20))
            bell.wait(until: end)
            return end
        }
        #expect(MonotonicTime.now() >= end)
    }
}
