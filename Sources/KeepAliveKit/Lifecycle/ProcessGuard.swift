package import KeepAlivePlatform
import Synchronization

/// The thread that takes the process's signals and keeps its deadlines, until the process has ended.
///
/// It runs nothing that could hold it up: neither the embedder's closures nor anything of Swift's concurrency, which waits
/// for a thread where the system has none left (libdispatch tries again for ever). Those run on a thread that is started
/// for them or, where there is none to be had, on one that was kept in reserve since the start.
package final class ProcessGuard: Sendable {
    /// Signals belong to the process, and so does this.
    package static let shared = ProcessGuard()

    private struct State {
        var mailbox: Mailbox?
        var hasReserve = false
        /// What the thread in reserve has to do.
        var work: [@Sendable () -> Void] = []
        var onSignal: (@Sendable (Int32) -> Void)?
        /// What came while nobody wanted to know.
        var early: [Int32] = []
    }

    private let state = Mutex(State())
    private let bell = Bell()

    /// Starts the two threads. Again does nothing.
    ///
    /// - Throws: `Errno` when the system has no thread or descriptor left.
    package func start() throws(Errno) {
        try state.withLock { state throws(Errno) in
            if !state.hasReserve {
                try OSThread.start(name: "keepalive-spare") { [self] in workForEver() }
                state.hasReserve = true
            }
            if state.mailbox == nil {
                let mailbox = try Mailbox()
                try OSThread.start(name: "keepalive-guard") { [self] in serve(mailbox) }
                state.mailbox = mailbox
            }
        }
    }

    private func workForEver() {
        while true {
            bell.wait(until: nil)
            let work = state.withLock { state in
                defer { state.work = [] }
                return state.work
            }
            for item in work { item() }
        }
    }

    /// Takes deadlines, and signals at its `writeEnd`; nil before the start.
    package var mailbox: Mailbox? { state.withLock { $0.mailbox } }

    /// From now on the closure is told of signals, on the guard's thread: it must not wait. Those that came before are told now.
    package func onSignal(_ closure: @escaping @Sendable (Int32) -> Void) {
        let (early, mailbox) = state.withLock { state in
            state.onSignal = closure
            defer { state.early = [] }
            return (state.early, state.mailbox)
        }
        guard !early.isEmpty else { return }
        mailbox?.post(.schedule(.earlySignals, at: .now(), action: { for signal in early { closure(signal) } }))
    }

    /// From now on nobody is told of signals.
    package func forgetSignals() {
        state.withLock { $0.onSignal = nil }
    }

    /// Runs something that may wait, on a thread of its own.
    ///
    /// - Returns: false when there is no thread at all for it.
    @discardableResult
    package func run(_ name: String, _ work: @escaping @Sendable () -> Void) -> Bool {
        if (try? OSThread.start(name: name, work)) != nil { return true }
        let isTaken = state.withLock { state in
            if state.hasReserve { state.work.append(work) }
            return state.hasReserve
        }
        bell.ring()
        return isTaken
    }

    /// Lets somebody else's code have its word before the process ends, and waits for it no longer than a quarter of a second.
    ///
    /// - Parameter text: what is written to standard error where there is no thread for it.
    static func lastWord(_ text: @autoclosure () -> String, _ say: @escaping @Sendable () -> Void) {
        let done = LastWord()
        do {
            try OSThread.start(name: "keepalive-end") {
                say()
                done.isSaid.store(true, ordering: .releasing)
            }
        } catch {
            if Poller.isWritable(STDERR_FILENO, within: 0) { FileDescriptor.print(text(), to: STDERR_FILENO) }
            return
        }
        for _ in 0..<50 where !done.isSaid.load(ordering: .acquiring) { OSThread.rest(milliseconds: 5) }
    }

    private final class LastWord: Sendable {
        let isSaid = Atomic(false)
    }

    private func signal(_ signal: Int32) {
        let closure = state.withLock { state in
            if state.onSignal == nil { state.early.append(signal) }
            return state.onSignal
        }
        closure?(signal)
    }

    private func serve(_ mailbox: Mailbox) {
        var timers: [Mailbox.Timer: (at: MonotonicTime, action: @Sendable () -> Void)] = [:]
        var poller = Poller()
        poller.add(mailbox.readEnd, read: true, write: false)
        while true {
            do {
                try poller.wait(until: timers.values.map(\.at).min())
            } catch {
                OSThread.rest(milliseconds: 50)
            }
            let (messages, signals) = mailbox.drain()
            for message in messages {
                switch message {
                case .schedule(let name, let time, let action): timers[name] = (time, action)
                case .cancel(let name): timers[name] = nil
                case .stop, .answer, .part: break
                }
            }
            for number in signals { signal(number) }
            let now = MonotonicTime.now()
            for (name, timer) in timers where timer.at <= now {
                timers[name] = nil
                timer.action()
            }
        }
    }
}
