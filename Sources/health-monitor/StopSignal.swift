import KeepAliveKit

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// SIGTERM and SIGINT, waited for on a thread of their own: the first asks to stop, the second ends the process.
///
/// Caught by a handler, since they cannot be blocked: the main thread of an async program rests in sigsuspend(2) with no
/// signal blocked, and takes them there.
final class StopSignal: Sendable {
    private let pipe: FileDescriptor.Pipe

    /// Signals that come from now on are kept for `wait`.
    init() throws(Errno) {
        pipe = try FileDescriptor.pipe()
        SignalRelay.connect(to: pipe.write.raw)
        SignalRelay.install()
    }

    /// Returns once one of them has come.
    func wait() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            do {
                try OSThread.start(name: "signals") { [self] in
                    next()
                    continuation.resume()
                    next()
                    _exit(0)
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private func next() {
        var poller = Poller()
        poller.add(pipe.read.raw, read: true, write: false)
        var byte: [UInt8] = [0]
        while true {
            do { try poller.wait(until: nil) } catch { OSThread.rest(milliseconds: 50) }
            let count = try? byte.withUnsafeMutableBytes { buffer in try pipe.read.read(into: buffer) }
            if let count, count > 0 { return }
        }
    }
}
