import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// A thread that does one piece of work after the other, so that whoever asks for it need not wait.
final class WorkQueue: Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        var isStopped = false
    }

    private let name: String
    private let mostWaiting: Int
    private let state = Mutex(State())
    private let pipe: FileDescriptor.Pipe

    init(name: String, mostWaiting: Int) throws(Errno) {
        self.name = name
        self.mostWaiting = mostWaiting
        pipe = try FileDescriptor.pipe()
    }

    func start() throws(Errno) {
        try OSThread.start(name: name) { [self] in
            var poller = Poller()
            poller.add(pipe.read.raw, read: true, write: false)
            while let work = takeAll() {
                for piece in work { piece() }
                if !work.isEmpty { continue }
                do { try poller.wait(until: nil) } catch { OSThread.rest(milliseconds: 50) }
                var bytes = [UInt8](repeating: 0, count: 256)
                _ = try? bytes.withUnsafeMutableBytes { buffer in try pipe.read.read(into: buffer) }
            }
        }
    }

    /// Leaves a piece of work; false where too much waits already, or nothing is done any more.
    func add(_ piece: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isStopped, state.work.count < mostWaiting else { return false }
            state.work.append(piece)
            return true
        }
        if isTaken { wake() }
        return isTaken
    }

    /// Ends the thread after the work that it has begun; what waits is dropped.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.work = []
        }
        wake()
    }

    private func takeAll() -> [@Sendable () -> Void]? {
        state.withLock { state in
            defer { state.work = [] }
            return state.isStopped ? nil : state.work
        }
    }

    private func wake() {
        // A full pipe is as good: the thread wakes anyway.
        _ = try? [UInt8(0)].withUnsafeBytes { bytes in try pipe.write.write(bytes) }
    }
}
