import KeepAliveKit

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The signals of the daemon, taken on a thread of their own: the first SIGTERM or SIGINT asks to stop, the second ends the
/// process; SIGHUP asks to read the configuration again. All others that would end the process do nothing.
///
/// Caught by a handler, since they cannot be blocked: the main thread of an async program rests in sigsuspend(2) with no
/// signal blocked, and takes them there.
final class MonitorSignals: Sendable {
    /// One element for each SIGHUP; those that come while an earlier one is still waited for are one.
    let reloads: AsyncStream<Void>
    private let asked: AsyncStream<Void>.Continuation
    private let pipe: FileDescriptor.Pipe

    /// What somebody may send by mistake, or a limit of the system (SIGXFSZ: a file got too large), and what would end the
    /// process. Not those of faults and of the terminal's job control.
    private static let harmless: [Int32] = {
        let common = [SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXFSZ, SIGIO]
        #if os(Linux)
            // 34 to 64 are the real-time signals that the C library leaves to programs.
            return common + [SIGPWR, SIGSTKFLT] + Array(34...64)
        #else
            return common
        #endif
    }()

    /// Signals that come from now on are kept for `wait` and `reloads`.
    init() throws(Errno) {
        pipe = try FileDescriptor.pipe()
        (reloads, asked) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        SignalRelay.connect(to: pipe.write.raw)
        SignalRelay.install(SignalRelay.standard + [SIGHUP] + Self.harmless)
    }

    /// Returns once the monitor is to stop.
    func wait() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            do {
                try OSThread.start(name: "signals") { [self] in
                    waitForStop()
                    continuation.resume()
                    waitForStop()
                    _exit(0)
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private func waitForStop() {
        while true {
            switch next() {
            case SIGTERM, SIGINT: return
            case SIGHUP: asked.yield()
            default: break
            }
        }
    }

    private func next() -> Int32 {
        var poller = Poller()
        poller.add(pipe.read.raw, read: true, write: false)
        var byte: [UInt8] = [0]
        while true {
            do { try poller.wait(until: nil) } catch { OSThread.rest(milliseconds: 50) }
            let count = try? byte.withUnsafeMutableBytes { buffer in try pipe.read.read(into: buffer) }
            if let count, count > 0 { return Int32(byte[0]) }
        }
    }
}
