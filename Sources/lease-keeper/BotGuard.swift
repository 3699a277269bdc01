import KeepAlivePlatform
import Synchronization

/// Kills the bot and its process group at the lease's deadline, on a thread of its own: a name lookup of libpq may
/// block the other one.
final class BotGuard: Sendable {
    /// The bot, as the launcher named it.
    private struct Bot: ~Copyable {
        let id: Int32
        let handle: ProcessHandle
    }

    private struct State: ~Copyable {
        var bot: Bot?
        /// The process that the launcher named, whether or not it can be watched.
        var named: Int32?
        /// In nanoseconds of CLOCK_BOOTTIME.
        var deadline: UInt64?
    }

    private let state = Mutex(State())
    private let timer: BootTimer
    private let log: KeeperLog

    init(log: KeeperLog) throws(Errno) {
        timer = try BootTimer()
        self.log = log
        try OSThread.start(name: "lease-guard", stackSize: 128 * 1024, takesSignals: false) { [self] in
            while true { look() }
        }
    }

    /// Sets what to kill and when.
    ///
    /// - Parameter handle: of the process, which travels with the first packet that names it.
    /// - Throws: if the process cannot be watched; then an earlier deadline has no effect either.
    func protect(_ process: Int32?, until deadline: UInt64?, handle: consuming FileDescriptor?) throws(Errno) {
        var passed = handle.take()
        let failure: Errno? = state.withLock { state in
            state.deadline = deadline
            state.named = process
            guard let process else {
                state.bot = nil
                return nil
            }
            if let passed = passed.take() {
                state.bot = Bot(id: process, handle: ProcessHandle(owning: passed))
                return nil
            }
            if state.bot?.id == process { return nil }
            // The descriptor is lost where this process has no number left for it.
            state.bot = nil
            do throws(Errno) {
                state.bot = Bot(id: process, handle: try ProcessHandle(of: process))
                return nil
            } catch {
                return error
            }
        }
        timer.set(deadline.map { .nanoseconds(Int64(clamping: $0)) })
        if let failure { throw failure }
    }

    /// The process that the launcher named last, which it had not reaped then, and its deadline.
    var named: (id: Int32, deadline: UInt64?)? {
        state.withLock { state in state.named.map { ($0, state.deadline) } }
    }

    /// Whether the bot's process runs, as far as it can be watched.
    var isRunning: Bool { state.withLock { $0.bot?.handle.hasEnded == false } }

    /// Sends a signal to the bot's process alone, whichever group it is in.
    func signal(_ number: Int32) {
        state.withLock { state in _ = state.bot?.handle.signal(number) }
    }

    private func look() {
        var poller = Poller()
        poller.add(timer.raw, read: true, write: false)
        do throws(Errno) {
            try poller.wait(until: nil)
        } catch {
            OSThread.rest(milliseconds: 10)
        }
        let attempt: (id: Int32, isKilled: Bool)? = state.withLock { state in
            guard let deadline = state.deadline, BootClock.now().saturatedNanoseconds >= Int64(clamping: deadline)
            else { return nil }
            timer.clear()
            guard let id = state.bot?.id, state.bot?.handle.hasEnded == false else { return nil }
            kill(-id, SIGKILL)
            // The bot may have joined another group (setpgid(2)), or may have been reaped just now.
            let isKilled = state.bot?.handle.signal(SIGKILL) == true || state.bot?.handle.hasEnded == true
            return (id: id, isKilled: isKilled)
        }
        guard let attempt else { return }
        log.write(
            attempt.isKilled
                ? "error: the lease runs out; killed the bot (process group \(attempt.id))"
                : "error: the lease runs out, but the bot (process \(attempt.id)) cannot be killed; stop it by hand")
    }
}
