package import KeepAlivePlatform
import Synchronization

/// Work that the guard's thread does while it is attached.
package protocol GuardDuty: AnyObject, Sendable {
    /// Does what is due; it must not wait.
    ///
    /// - Parameter signals: the signals since the last turn, for duties that take signals.
    /// - Returns: the latest time of its next turn; nil if only a wake-up brings the next turn.
    func turn(at now: MonotonicTime, signals: [Int32]) -> MonotonicTime?
    /// Whether its work is done and it stays only for later signals; the next duty that takes signals then replaces it.
    var isOver: Bool { get }
}

/// The thread `keepalive-guard`, which takes the process's signals and keeps its deadlines until the process has ended.
///
/// It runs nothing that could block it: neither the embedder's closures nor Swift's concurrency. The latter waits when
/// the system has no thread left (libdispatch retries endlessly). Such work runs on a thread of its own. If the system
/// has no thread, it runs on the reserve thread that was started in advance.
package final class ProcessGuard: Sendable {
    /// Signals belong to the process, and so does the guard.
    package static let shared = ProcessGuard()

    private struct State {
        /// The work of the reserve thread, and what wakes it.
        var work: [@Sendable () -> Void] = []
        var bell: Bell?
        var duties: [any GuardDuty] = []
        /// The duties that take signals.
        var takers: Set<ObjectIdentifier> = []
        /// Never closed: the signal handler may write to it at any time.
        var pipe: Pipe?
    }

    private final class Pipe: Sendable {
        let wake: WakePipe

        init() throws(Errno) { wake = try WakePipe() }
    }

    private let state = Mutex(State())
    private let writeEnd = Atomic<Int32>(-1)

    /// Starts the two threads. A second call has no effect.
    ///
    /// - Throws: `Errno` when the system has no thread or descriptor left; then neither runs.
    package func start() throws(Errno) {
        try state.withLock { state throws(Errno) in
            guard state.pipe == nil else { return }
            let pipe = try Pipe()
            let bell = Bell()
            try OSThread.start(name: "keepalive-spare") { [self] in work(on: bell) }
            do throws(Errno) {
                try OSThread.start(name: "keepalive-guard") { [self] in serve(pipe.wake) }
            } catch {
                bell.ring()
                throw error
            }
            state.pipe = pipe
            state.bell = bell
            writeEnd.store(pipe.wake.writeEnd, ordering: .releasing)
        }
    }

    /// Does the work as it arrives, while the bell belongs to the guard.
    private func work(on bell: Bell) {
        while true {
            bell.wait(until: nil)
            let work = state.withLock { state -> [@Sendable () -> Void]? in
                guard state.bell === bell else { return nil }
                defer { state.work = [] }
                return state.work
            }
            guard let work else { return }
            for item in work { item() }
        }
    }

    /// - Throws: ``KeepAliveError/system(_:)``, which includes the remedy.
    func startOrSay() throws(KeepAliveError) {
        do throws(Errno) {
            try start()
        } catch {
            let limits = error.isOutOfDescriptors ? "ulimit -n, LimitNOFILE=" : "ulimit -u, TasksMax="
            throw .system("\(error) (for the thread that takes signals); raise the limit: \(limits)")
        }
    }

    /// Where a signal handler may write the signal's number, from 1 to 255; never closed. -1 before the start.
    package var signalPipe: Int32 { writeEnd.load(ordering: .acquiring) }

    /// Gives the duty its turns on the guard's thread from now on.
    package func attach(_ duty: any GuardDuty, takesSignals: Bool) {
        state.withLock { state in
            if takesSignals {
                state.duties.removeAll(where: \.isOver)
                state.takers = state.takers.intersection(state.duties.map(ObjectIdentifier.init))
                state.takers.insert(ObjectIdentifier(duty))
            }
            state.duties.append(duty)
        }
        wake()
    }

    /// Ends the duty's turns; a turn in progress may finish.
    package func detach(_ duty: any GuardDuty) {
        state.withLock { state in
            state.duties.removeAll { $0 === duty }
            state.takers.remove(ObjectIdentifier(duty))
        }
    }

    /// Gives every duty a turn. From any thread; never waits.
    package func wake() {
        // If the pipe is full, the thread wakes anyway.
        _ = try? FileDescriptor.write([0].span, to: signalPipe)
    }

    /// Runs work that may wait, on a thread of its own.
    package func run(_ name: String, _ work: @escaping @Sendable () -> Void) {
        if (try? OSThread.start(name: name, work)) != nil { return }
        let bell = state.withLock { state in
            state.work.append(work)
            return state.bell
        }
        bell?.ring()
    }

    private func serve(_ pipe: borrowing WakePipe) {
        var poller = Poller()
        poller.add(pipe.readEnd, read: true, write: false)
        var next: MonotonicTime?
        while true {
            do {
                try poller.wait(until: next)
            } catch {
                OSThread.rest(milliseconds: 50)
            }
            let signals = poller.isReadable(0) ? pipe.drain().map(Int32.init) : []
            let (duties, takers) = state.withLock { ($0.duties, $0.takers) }
            next = nil
            for duty in duties {
                let time = duty.turn(
                    at: .now(), signals: takers.contains(ObjectIdentifier(duty)) ? signals : [])
                if let time { next = min(next ?? time, time) }
            }
        }
    }
}
