import KeepAlivePlatform
import Synchronization

/// Whether the system's resolver answers for a host in time. libpq asks it without any limit, so it is asked before, on
/// a thread that may hang.
enum HostLookup {
    /// The lookups under way, by name, and when the first of each began.
    private static let started = Mutex<[String: MonotonicTime]>([:])

    /// Waits for an answer, also "no such host", which libpq then reports.
    ///
    /// - Returns: false if none came in time, or if an earlier lookup of the name still hangs.
    static func isAnswered(_ name: String, until deadline: MonotonicTime) -> Bool {
        guard needsResolver(name) else { return true }
        let now = MonotonicTime.now()
        let earlier = started.withLock { started in
            defer { started[name] = started[name] ?? now }
            return started[name]
        }
        // Each waits for the deadline of its own; one thread after the other must not pile up.
        if let earlier, now.since(earlier) > .seconds(1) { return false }
        do throws(Errno) {
            let answer = Answer(try FileDescriptor.pipe())
            try OSThread.start(name: "lookup") {
                _ = try? SocketAddress.resolve(name, port: 0)
                started.withLock { $0[name] = nil }
                answer.note()
            }
            return try answer.wait(until: deadline)
        } catch {
            started.withLock { $0[name] = nil }
            // Without a descriptor or a thread, libpq finds out.
            return true
        }
    }

    private static func needsResolver(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix("/") && !name.hasPrefix("@") && !SocketAddress.isLocalhost(name)
            && SocketAddress.network(numeric: name) == nil
    }

    /// Lives until both threads have done with it.
    private final class Answer: Sendable {
        private let pipe: FileDescriptor.Pipe

        init(_ pipe: consuming FileDescriptor.Pipe) { self.pipe = pipe }

        func note() { _ = try? pipe.write.write([1].span) }

        func wait(until deadline: MonotonicTime) throws(Errno) -> Bool {
            while true {
                var poller = Poller()
                let entry = poller.add(pipe.read.raw, read: true, write: false)
                try poller.wait(until: deadline)
                if poller.isReadable(entry) { return true }
                if MonotonicTime.now() >= deadline { return false }
            }
        }
    }
}
