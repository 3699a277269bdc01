/// A failed system call: its name and its `errno` (errno(3)).
package struct Errno: Error, Equatable, Sendable, CustomStringConvertible {
    package let code: Int32
    package let call: String
    /// Replaces the words of `errno`, for calls with their own messages.
    private let words: String?

    package init(_ call: String, code: Int32) {
        self.code = code
        self.call = call
        words = nil
    }

    private init(call: String, words: String, code: Int32 = 0) {
        self.code = code
        self.call = call
        self.words = words
    }

    /// The resolver does not know the host; with the resolver's words.
    package static func unknownHost(_ words: String) -> Errno {
        Errno(call: "getaddrinfo", words: words)
    }

    /// The resolver fails temporarily, or lacks memory; with the resolver's words.
    package static func resolverFailing(_ words: String) -> Errno {
        Errno(call: "getaddrinfo", words: words, code: EAGAIN)
    }

    /// A malformed socket address.
    package static let malformedAddress = Errno(
        call: "socket address", words: "give a path that begins with /, or @ and a name", code: EINVAL)

    /// The path holds something other than a regular file: a folder, a named pipe, a symbolic link.
    package static func notAFile(_ path: String) -> Errno {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return Errno("open", code: ENOENT) }
        let kind =
            switch status.st_mode & S_IFMT {
            case S_IFDIR: "a folder"
            case S_IFIFO: "a named pipe"
            case S_IFLNK: "a symbolic link"
            case S_IFSOCK: "a socket"
            default: "no ordinary file"
            }
        return Errno(call: "open", words: "\(kind) is in the place of \(path); remove it")
    }

    /// A pipe that ended without a byte, or a named one without a writer.
    package static let unwritten = Errno(
        call: "read", words: "it is a pipe that nobody writes: start its writer first, or give a file")
    /// A pipe's writer has not come to its end in time; a restart may succeed.
    package static let slowWriter = Errno(
        call: "read", words: "it is a pipe whose writer did not end within 10 s", code: EAGAIN)

    /// The path leads to something other than a file.
    package static func notAFile(_ status: FileStatus) -> Errno {
        Errno(call: "open", words: "it is \(status.kind ?? "no regular file"); give the path of a file", code: EINVAL)
    }

    /// A deadline of the kit itself has passed.
    package static let timedOut = Errno("poll", code: ETIMEDOUT)
    /// The peer closed the connection in the middle of an answer.
    package static let cutOff = Errno(call: "recv", words: "the answer is cut off")
    /// The peer's answer is not HTTP.
    package static let notHTTP = Errno(call: "recv", words: "the answer is not HTTP")
    /// The peer's answer exceeds the read limit.
    package static let tooLarge = Errno(call: "recv", words: "the answer is too large")

    /// The error of the system call that has just failed on this thread.
    package static func last(_ call: String) -> Errno {
        Errno(call, code: errno)
    }

    /// The words of strerror(3) alone, such as `Address already in use`.
    package var message: String {
        unsafe words ?? String(cString: strerror(code))
    }

    package var description: String {
        "\(call): \(message)"
    }

    package var isAddressInUse: Bool { code == EADDRINUSE }
    package var isRefused: Bool { code == ECONNREFUSED }
    package var isTimeout: Bool { code == ETIMEDOUT }
    package var isReset: Bool { code == ECONNRESET || code == EPIPE }
    package var isInterrupted: Bool { code == EINTR }
    package var isWouldBlock: Bool { code == EAGAIN || code == EWOULDBLOCK }
    /// Whether the system is temporarily short of something: descriptors, memory, threads, processes or disk space. A
    /// restart may succeed, so a program that ends for this reason exits with ``KeepAliveError/system(_:)``'s 71.
    package var isPassingShortage: Bool {
        switch code {
        // EAGAIN: pthread_create(3), fork(2), and a resolver that asks for a retry.
        case EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN, ENOSPC, EDQUOT: true
        default: false
        }
    }
    /// What to do about a file that cannot be written: other words help nobody while the disk is full.
    package func remedy(orElse words: String) -> String {
        code == ENOSPC || code == EDQUOT ? "free disk space" : words
    }
    /// Whether the receiver's queue, or the memory for it, is full now.
    package var isQueueFull: Bool { isWouldBlock || code == ENOBUFS || code == ENOMEM }
    package var isOutOfDescriptors: Bool { code == EMFILE || code == ENFILE }
    package var isAddressFamilyMissing: Bool { code == EAFNOSUPPORT || code == EADDRNOTAVAIL }
    package var isNotFound: Bool { code == ENOENT }
    package var isDenied: Bool { code == EACCES || code == EPERM }
}
