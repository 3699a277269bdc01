/// The time since boot, suspension included, and an identity of that boot. A later process can compare clocks with it.
package enum BootClock {
    /// The time since boot.
    package static func now() -> Duration {
        var time = timespec()
        #if os(Linux)
            unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        #else
            clock_gettime(CLOCK_MONOTONIC, &time)
        #endif
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
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
