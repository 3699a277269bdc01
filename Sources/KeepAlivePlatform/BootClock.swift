/// The time since boot, suspension included, and an identity of that boot. A later process can compare clocks with it.
package enum BootClock {
    /// The time since boot.
    package static func now() -> Duration {
        let time = time()
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    /// The time since boot in nanoseconds; it neither allocates nor waits.
    package static var nanoseconds: UInt64 {
        let time = time()
        return UInt64(clamping: time.tv_sec) &* 1_000_000_000 &+ UInt64(clamping: time.tv_nsec)
    }

    private static func time() -> timespec {
        var time = timespec()
        #if os(Linux)
            unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        #else
            clock_gettime(CLOCK_MONOTONIC, &time)
        #endif
        return time
    }

    /// Lets this thread sleep until a time since boot. Unlike poll(2), it ends when the machine wakes after that time.
    package static func sleep(until nanoseconds: UInt64) {
        #if os(Linux)
            var end = timespec()
            end.tv_sec = time_t(clamping: nanoseconds / 1_000_000_000)
            end.tv_nsec = Int(nanoseconds % 1_000_000_000)
            while unsafe clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &end, nil) == EINTR {}
        #else
            while self.nanoseconds < nanoseconds {
                OSThread.rest(milliseconds: Int32(clamping: (nanoseconds - self.nanoseconds) / 1_000_000 + 1))
            }
        #endif
    }

    /// Identifies this boot; if the system does not, it identifies this process.
    package static let identity: String = {
        if let file = try? FileDescriptor.open("/proc/sys/kernel/random/boot_id", flags: O_RDONLY),
            let bytes = try? file.readAll(limit: 64), !bytes.isEmpty
        {
            return String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
        }
        return "process \(getpid()) of \(WallTime.now().microseconds)"
    }()
}
