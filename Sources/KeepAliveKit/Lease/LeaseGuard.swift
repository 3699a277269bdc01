import KeepAlivePlatform
import Synchronization

/// Ends the process once its lease has run out, on the thread `keepalive-lease`, which exists only with a lease.
///
/// Another machine's bot may start then, so nothing may hold up the end: neither the bot's executor, nor the log, nor
/// the guard's other work. From the deadline on this thread allocates nothing and waits for nothing. After a freeze
/// (SIGSTOP, suspend) its sleep is over at once.
enum LeaseGuard {
    private static let isStarted = Mutex(false)

    /// How often it looks while the deadline is far: the launcher may also take the lease back before.
    private static let interval: UInt64 = 200_000_000

    /// Starts the thread; a second call has no effect, and without a lease none has.
    ///
    /// - Parameter json: whether its one line is JSON.
    static func start(_ lease: Lease, json: Bool) throws(KeepAliveError) {
        guard let name = lease.name, let epoch = lease.epoch else { return }
        do throws(Errno) {
            try isStarted.withLock { isStarted throws(Errno) in
                guard !isStarted else { return }
                let words = "lease \(name) (epoch \(epoch)) has run out: another machine may take over; exiting with 75"
                try OSThread.start(name: "keepalive-lease") { watch(lease, words, json: json) }
                isStarted = true
            }
        } catch {
            throw .system(
                "\(error) (for the thread that ends the bot with its lease); raise the limit: ulimit -u, TasksMax=")
        }
    }

    private static func watch(_ lease: Lease, _ words: String, json: Bool) {
        // Made in advance; the C library's functions for times would allocate and lock.
        var line = json ? LogWriter.line(.json, .error, words, at: .now()) : Array("\(words)\n".utf8)
        while let left = lease.nanosecondsLeft, left > 0 {
            BootClock.sleep(until: BootClock.nanoseconds &+ min(UInt64(left), interval))
        }
        if json {
            var span = line.mutableSpan
            WallTime.now().replaceDigits(of: &span, at: #"{"timestamp":""#.utf8.count)
        }
        if Poller.isWritable(STDERR_FILENO, within: 0) {
            _ = try? FileDescriptor.writeQuietly(line.span, to: STDERR_FILENO)
        }
        _exit(75)
    }
}
