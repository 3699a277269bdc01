import Synchronization

/// A deadline that another process moves in shared memory: a sealed memory file of 8 bytes (memfd_create(2)), a
/// little-endian number of CLOCK_BOOTTIME nanoseconds; 0 is no deadline. Linux only.
@safe package final class SharedDeadline: @unchecked Sendable {
    // Unchecked: the mapping is never written here, is never unmapped before deinit, and is read atomically.
    private let memory: UnsafeMutableRawPointer

    /// Why a descriptor is no such memory.
    package struct Refusal: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// The file's length.
    package static let length = 8

    // fcntl(2) and memfd_create(2); Swift's C modules leave these GNU names out, and the kernel never changes them.
    private static let getSeals: Int32 = 1024 + 10
    private static let neededSeals: Int32 = 0x1 | 0x2 | 0x4

    /// Maps the file for reading, and keeps the descriptor from programs that this process starts.
    package init(descriptor: Int32) throws(Refusal) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw Refusal(description: "it is no open descriptor (\(Errno.last("fstat").message))")
        }
        let seals = fcntl(descriptor, Self.getSeals)
        // Without these seals a shorter file would end the process by SIGBUS.
        guard seals >= 0, seals & Self.neededSeals == Self.neededSeals else {
            throw Refusal(description: "it is no memory file with the seals F_SEAL_SEAL, F_SEAL_SHRINK and F_SEAL_GROW")
        }
        guard status.st_size == off_t(Self.length) else {
            throw Refusal(description: "it has \(status.st_size) bytes instead of \(Self.length)")
        }
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0,
            let memory = unsafe mmap(nil, Self.length, PROT_READ, MAP_SHARED, descriptor, 0),
            unsafe memory != MAP_FAILED
        else { throw Refusal(description: "it cannot be mapped (\(Errno.last("mmap").message))") }
        unsafe self.memory = memory
    }

    deinit {
        unsafe munmap(memory, Self.length)
    }

    /// Nanoseconds of ``BootClock``; 0 if there is no deadline. It neither allocates nor waits.
    package var nanoseconds: UInt64 {
        // A load of 8 aligned bytes never writes, on any machine that Swift runs on.
        UInt64(
            littleEndian: unsafe memory.assumingMemoryBound(to: Atomic<UInt64>.self).pointee.load(ordering: .acquiring))
    }
}
