package import KeepAlivePlatform

/// What answers requests; the connection hands it each complete one, on the server's thread: it must not wait.
package protocol HTTPResponder {
    /// The loop has waited: what was read before is old now.
    mutating func beginTurn()
    /// Appends the answer to a complete request, or puts it off.
    ///
    /// - Parameter bytes: head and body; the request's places are offsets into them.
    mutating func respond(
        to request: HTTPRequest, bytes: Span<UInt8>, from peer: HTTPPeer, output: inout [UInt8]
    ) -> HTTPReply
    /// Whether a request whose body is over 8 KiB is answered by its first 8 KiB; else it is refused with 413.
    ///
    /// - Parameter bytes: at least the head.
    func takesLongBody(of request: HTTPRequest, bytes: Span<UInt8>) -> Bool
    /// Appends the answer to something that was no request, or whose answer did not come in time; the connection closes
    /// after it.
    mutating func reject(_ status: HTTPStatus, _ reason: String, output: inout [UInt8])
    /// Nobody takes the parts of a streamed answer any more.
    mutating func streamEnded(_ place: AnswerPlace)
}

extension HTTPResponder {
    package mutating func streamEnded(_ place: AnswerPlace) {}
    package func takesLongBody(of request: HTTPRequest, bytes: Span<UInt8>) -> Bool { false }
}

/// Who asks, and where an answer that is put off has to go.
package struct HTTPPeer: Sendable {
    package let isLoopback: Bool
    /// Where it comes from, for limits per peer (`SocketAddress.network`).
    package let network: UInt64
    package let place: AnswerPlace
    let ends: PeerOwner.Connection?

    /// Whose program it is. Reads /proc: ask last.
    package var owner: PeerOwner { ends.map(PeerOwner.of) ?? .unknown }
}

/// Names one request of one connection, so that an answer that comes late meets nobody else.
package struct AnswerPlace: Hashable, Sendable {
    let connection: UInt64
    let request: UInt64
}

/// What became of a request.
package enum HTTPReply: Equatable, Sendable {
    /// The answer stands in the output.
    case given
    /// Some thread will leave the answer in the server's mailbox, within this time. Until then the connection reads nothing
    /// further, so that answers keep the order of their requests and what waits stays bounded.
    case deferred(within: Duration)
    /// The answer's beginning stands in the output, and its parts come through the server's mailbox, until its giver or the
    /// peer ends it. The connection serves nothing after it.
    case streamed
}
