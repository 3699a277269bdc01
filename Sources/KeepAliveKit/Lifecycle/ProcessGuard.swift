package import KeepAlivePlatform
import Synchronization

/// Something that the guard's thread does for as long as it is attached.
package protocol GuardDuty: AnyObject, Sendable {
    /// Does what is due; it must not wait.
    ///
    /// - Parameter signals: what has come since the last turn, for those who take signals.
    /// - Returns: when it wants its next turn at the latest; nil where somebody has to wake it.
    func turn(at now: MonotonicTime, signals: [Int32]) -> MonotonicTime?
    /// Whether it is there for the time after its work alone; the next one that takes signals replaces it then.
    var isOver: Bool { get }
}

/// The thread `keepalive-guard`, which takes the process's signals and keeps its deadlines until the process has ended.
///
/// It runs nothing that could hold it up: neither the embedder's closures nor anything of Swift's concurrency, which waits
/// for a thread where the system has none left (libdispatch tries again for ever). Those run on a thread that is started
/// for them or, where there is none to be had, on one that was kept in reserve since the start.
package final class ProcessGuard: Sendable {
    /// Signals belong to the process, and so does this.
    package static let shared = ProcessGuard()

    private struct State {
        /// What the thread in reserve has to do, and what wakes it.
        var work: [@Sendable () -> Void] = []
        var bell: Bell?
        var duties: [any GuardDuty] = []
        /// Those of them that take signals.
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

    /// Starts the two threads. Again does nothing.
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

    /// Does what comes, for as long as the bell is the guard's.
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

    /// - Throws: ``KeepAliveError/system(_:)``, which says what to do.
    func startOrSay() throws(KeepAliveError) {
        do throws(Errno) {
            try start()
        } catch {
            throw .system("\(error) (for the thread that takes signals); raise the limit: ulimit -u, TasksMax=")
        }
    }

    /// Where a signal handler may write the signal's number, from 1 to 255; never closed. -1 before the start.
    package var signalPipe: Int32 { writeEnd.load(ordering: .acquiring) }

    /// From now on the duty gets its turns on the guard's thread.
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

    /// The duty gets no more turns, but for the one that it may be in.
    package func detach(_ duty: any GuardDuty) {
        state.withLock { state in
            state.duties.removeAll { $0 === duty }
            state.takers.remove(ObjectIdentifier(duty))
        }
    }

    /// Gives every duty a turn. From any thread; never waits.
    package func wake() {
        // A full pipe is as good: the thread wakes anyway.
        _ = try? FileDescriptor.write([0].span, to: signalPipe)
    }

    /// Runs something that may wait, on a thread of its own.
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
