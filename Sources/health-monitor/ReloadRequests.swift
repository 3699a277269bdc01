import Synchronization

/// Why the running configuration must change: SIGHUP, or other containers. Several requests during one change count as
/// one. Thread-safe.
final class ReloadRequests: Sendable {
    struct Request: Sendable {
        /// Whether the file must be read.
        var readsFile = false
        /// The containers that are known now; nil if they have not changed.
        var containers: ContainerLabels?
    }

    /// One element while there are requests.
    let stream: AsyncStream<Void>
    private let asked: AsyncStream<Void>.Continuation
    private let request = Mutex(Request())

    init() {
        (stream, asked) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func readFile() {
        request.withLock { $0.readsFile = true }
        asked.yield()
    }

    func follow(_ containers: ContainerLabels) {
        request.withLock { $0.containers = containers }
        asked.yield()
    }

    /// Everything that was asked for since the last call.
    func take() -> Request {
        request.withLock { request in
            defer { request = Request() }
            return request
        }
    }
}
