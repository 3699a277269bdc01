/// Time limits for a connection's peer, and how much is kept for it.
package struct ConnectionLimits: Equatable, Sendable {
    /// For the head, from the connection's start or the request's first byte; then once more for the body.
    package var request = Duration.seconds(5)
    /// Between two requests.
    package var idle = Duration.seconds(60)
    /// For the peer to take waiting bytes.
    package var write = Duration.seconds(5)
    /// For the peer to read the last answer before the connection is closed for good.
    package var linger = Duration.seconds(1)
    package var outputBytes = 64 * 1024
    /// How many requests one turn answers; the rest wait until the other connections had their turn.
    package var requestsPerTurn = 16
    /// How much of a streamed answer may wait for its peer before the next part drops it.
    package var streamBytes = 256 * 1024

    package init() {}
}
