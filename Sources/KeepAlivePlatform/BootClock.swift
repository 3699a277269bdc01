/// The time since the machine's start, suspended or not, and which start that was: what a wall clock can be compared with,
/// also by a later process.
package enum BootClock {
    /// The time since the machine's start.
    package static func now() -> Duration {
        var time = timespec()
        #if os(Linux)
            unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        #else
            clock_gettime(CLOCK_MONOTONIC, &time)
        #endif
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    /// Names this start of the machine; where the system does not, this process.
    package static let identity: String = {
        if let file = try? FileDescriptor.open("/proc/sys/kernel/random/boot_id", flags: O_RDONLY),
            let bytes = try? file.readAll(limit: 64), !bytes.isEmpty
        {
            return String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
        }
        return "process \(getpid()) of \(WallTime.now().microseconds)"
    }()
}
