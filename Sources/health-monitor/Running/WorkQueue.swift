import KeepAlivePlatform
import Synchronization

/// A thread that works off a queue, so that callers need not wait.
final class WorkQueue: Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        var isStopped = false
    }

    private let name: String
    private let mostWaiting: Int
    private let state = Mutex(State())
    private let bell = Bell()

    init(name: String, mostWaiting: Int) {
        self.name = name
        self.mostWaiting = mostWaiting
    }

    func start() throws(Errno) {
        try OSThread.start(name: name) { [self] in
            while let work = takeAll() {
                for piece in work { piece() }
                if work.isEmpty { bell.wait(until: nil) }
            }
        }
    }

    /// Queues work; false if the queue is full or stopped.
    func add(_ piece: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isStopped, state.work.count < mostWaiting else { return false }
            state.work.append(piece)
            return true
        }
        if isTaken { bell.ring() }
        return isTaken
    }

    /// Ends the thread after its current work and drops the rest.
    func stop() {
        state.withLock { $0 = State(isStopped: true) }
        bell.ring()
    }

    private func takeAll() -> [@Sendable () -> Void]? {
        state.withLock { state in
            defer { state.work = [] }
            return state.isStopped ? nil : state.work
        }
    }
}
