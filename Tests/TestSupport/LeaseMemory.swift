import Foundation
import Synchronization

/// The memory in which a launcher keeps the deadline of its bot's lease; a started program inherits its descriptor.
@safe public final class LeaseMemory: @unchecked Sendable {
    // Unchecked: the memory is written atomically, and is unmapped only by deinit.
    private let memory: UnsafeMutableRawPointer
    /// The file, which closes on no exec.
    public let descriptor: Int32

    /// fcntl(2)'s F_ADD_SEALS, and the seals against other seals, a shorter and a longer file.
    private static let addSeals: Int32 = 1024 + 9
    public static let seals: Int32 = 0x1 | 0x2 | 0x4

    /// Makes it with a deadline from now on.
    ///
    /// - Parameters:
    ///   - length: the file's bytes.
    ///   - seals: the file's seals.
    public init(heldFor duration: Duration, length: Int = 8, seals: Int32 = LeaseMemory.seals) throws {
        // Swift's C modules leave this GNU function out.
        typealias Make = @convention(c) (UnsafePointer<CChar>, UInt32) -> Int32
        guard let symbol = unsafe dlsym(nil, "memfd_create") else { throw SystemFailure("dlsym", code: ENOSYS) }
        let make = unsafe unsafeBitCast(symbol, to: Make.self)
        let allowsSealing: UInt32 = 2
        descriptor = unsafe make("lease", allowsSealing)
        guard descriptor >= 0 else { throw SystemFailure("memfd_create", code: errno) }
        guard ftruncate(descriptor, off_t(length)) == 0, fcntl(descriptor, Self.addSeals, seals) == 0,
            let memory = unsafe mmap(nil, 8, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            unsafe memory != MAP_FAILED
        else { throw SystemFailure("memfd_create", code: errno) }
        unsafe self.memory = memory
        if length >= 8 { hold(for: duration) }
    }

    deinit {
        unsafe munmap(memory, 8)
        close(descriptor)
    }

    /// Moves the deadline.
    public func hold(for duration: Duration) {
        var now = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &now)
        let end = Duration.seconds(now.tv_sec) + .nanoseconds(now.tv_nsec) + duration
        set(UInt64(clamping: end / .nanoseconds(1) < 0 ? 0 : Int64(end / .nanoseconds(1))))
    }

    /// Takes the lease away.
    public func revoke() { set(0) }

    private func set(_ nanoseconds: UInt64) {
        unsafe memory.assumingMemoryBound(to: Atomic<UInt64>.self).pointee
            .store(nanoseconds.littleEndian, ordering: .releasing)
    }

    /// The variables that a launcher gives its bot.
    public func variables(name: String = "bot", epoch: Int64 = 7) -> [String: String] {
        [
            "KEEPALIVE_LEASE_NAME": name, "KEEPALIVE_LEASE_EPOCH": "\(epoch)", "KEEPALIVE_LEASE_FD": "\(descriptor)",
        ]
    }
}
