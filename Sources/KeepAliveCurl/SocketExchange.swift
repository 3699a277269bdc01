/// Bytes to send over a separate connection, and how to recognise a complete reply: for protocols that libcurl lacks.
///
/// A plain value. libcurl connects, looks up names and does TLS (CURLOPT_CONNECT_ONLY(3)). A proxy is never used.
public struct SocketExchange: Sendable {
    /// The host's name or address, an IPv6 address with or without brackets.
    public var host: String
    public var port: Int
    /// The path of a Unix socket to connect to instead of the host.
    public var unixSocketPath: String?
    /// Whether to use TLS; certificates are verified.
    public var usesTLS = false
    /// The path of a PEM file of certificate authorities to trust instead of the client's.
    public var caFile: String?
    /// The bytes to send; may be empty.
    public var bytes: [UInt8]
    /// The longest that the whole exchange may take; clamped to 1 ms ... 24 days.
    public var timeout: Duration
    /// The longest reply to accept, in bytes.
    public var maximumReplyBytes = 64 * 1024
    /// Whether the reply so far is complete. Called on the client's thread after each piece. Nil waits for no reply.
    public var isComplete: (@Sendable ([UInt8]) -> Bool)?

    /// Makes an exchange; without `isComplete` it ends as soon as all bytes are sent.
    public init(
        host: String, port: Int, bytes: [UInt8] = [], timeout: Duration = .seconds(10),
        isComplete: (@Sendable ([UInt8]) -> Bool)? = nil
    ) {
        self.host = host
        self.port = port
        self.bytes = bytes
        self.timeout = timeout
        self.isComplete = isComplete
    }

    /// The peer. libcurl treats it as a web server until the connection is open.
    ///
    /// Throws `invalidRequest` for an invalid host.
    func endpoint() throws(HTTPClientError) -> Endpoint {
        let endpoint = try Endpoint(host: host, port: port, usesTLS: usesTLS)
        guard unixSocketPath?.utf8.contains(0) != true, caFile?.utf8.contains(0) != true else {
            throw HTTPClientError(kind: .invalidRequest, message: "a path holds a NUL character")
        }
        return endpoint
    }
}

/// The reply of an exchange.
public struct SocketReply: Sendable {
    /// All received bytes.
    public let bytes: [UInt8]
    /// Whether the peer closed the connection before the reply was complete.
    public let isCutOff: Bool
    /// How long the exchange took, connecting included.
    public let elapsed: Duration
    /// When the peer's certificate ends, in seconds since 1970; nil without TLS.
    public let certificateEnd: Int64?
    /// The peer's certificate, with the facts of its chain.
    package let certificate: Certificate?
}
