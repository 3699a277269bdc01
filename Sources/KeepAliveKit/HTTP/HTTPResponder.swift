package import KeepAlivePlatform

/// Answers requests; the connection passes each complete one, on the server's thread. It must not wait.
package protocol HTTPResponder {
    /// The loop has waited: cached readings are now out of date.
    mutating func beginTurn()
    /// Appends the answer to a complete request, or defers it.
    ///
    /// - Parameter bytes: head and body; the request's places are offsets into them.
    mutating func respond(
        to request: HTTPRequest, bytes: Span<UInt8>, from peer: HTTPPeer, output: inout [UInt8]
    ) -> HTTPReply
    /// Whether to answer a request with a body over 8 KiB from its first 8 KiB; otherwise it gets 413.
    ///
    /// - Parameter bytes: at least the head.
    func takesLongBody(of request: HTTPRequest, bytes: Span<UInt8>) -> Bool
    /// Appends the answer to a malformed request, or to a request without an answer in time. The connection closes.
    mutating func reject(_ status: HTTPStatus, _ reason: String, output: inout [UInt8])
    /// No peer takes the parts of a streamed answer any longer.
    mutating func streamEnded(_ place: AnswerPlace)
}

extension HTTPResponder {
    package mutating func streamEnded(_ place: AnswerPlace) {}
    package func takesLongBody(of request: HTTPRequest, bytes: Span<UInt8>) -> Bool { false }
}

/// The client, and the place for its deferred answer.
package struct HTTPPeer: Sendable {
    package let isLoopback: Bool
    /// The client's network, for limits per peer (`SocketAddress.network`).
    package let network: UInt64
    package internal(set) var place: AnswerPlace
    private let ends: PeerOwner.Connection?

    init(isLoopback: Bool, network: UInt64 = 0, connection: UInt64 = 0, ends: PeerOwner.Connection? = nil) {
        self.isLoopback = isLoopback
        self.network = network
        self.ends = ends
        place = AnswerPlace(connection: connection, request: 0)
    }

    /// The owner of the client program. Reads /proc, so ask last.
    package var owner: PeerOwner { ends.map(PeerOwner.of) ?? .unknown }
}

/// Identifies one request of one connection, so that a late answer reaches no other request.
package struct AnswerPlace: Hashable, Sendable {
    let connection: UInt64
    /// Counts the connection's requests, from 1.
    var request: UInt64
}

/// How a request was handled.
package enum HTTPReply: Equatable, Sendable {
    /// The answer is in the output.
    case given
    /// Another thread will leave the answer in the server's mailbox, within this time. Until then the connection reads
    /// no further. So answers keep the order of their requests, and the waiting bytes stay bounded.
    case deferred(within: Duration)
    /// The answer's beginning is in the output, and its parts come through the server's mailbox, until the sender or
    /// the peer ends it. The connection serves nothing after it.
    case streamed
}
