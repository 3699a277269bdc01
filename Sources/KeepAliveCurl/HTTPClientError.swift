import CKeepAliveCurl
import KeepAlivePlatform

/// Why a request got no response.
///
/// A plain value: safe to use from any thread. It contains no path, query, header or body, because those may hold
/// secrets: only scheme, host and port, and libcurl's own words (libcurl-errors(3)).
public struct HTTPClientError: Error, Sendable, Hashable {
    /// The kind of failure.
    public enum Kind: Sendable, Hashable {
        /// The host's name (or the proxy's) was not found.
        case couldNotResolve
        /// No connection could be made, for instance because it was refused.
        case couldNotConnect
        /// The whole transfer, or connecting, took longer than allowed.
        case timedOut
        /// Sending or receiving failed halfway, for instance because the peer reset the connection.
        case connectionReset
        /// The peer closed the connection before the end of its response: a truncated body or no reply at all.
        case closedEarly
        /// The TLS handshake failed, the peer's certificate is not trusted, or the CA file cannot be read.
        ///
        /// A peer that closes the connection during the handshake counts as this too.
        case tls
        /// The body was larger than `maximumResponseBytes`, the header fields larger than 256 KiB, or one of them larger
        /// than libcurl takes (100 KiB).
        case responseTooLarge
        /// The request is invalid: a malformed URL, another scheme, a header field with line breaks.
        case invalidRequest
        /// The client was closed before the transfer ended or began.
        case closed
        /// Anything else. The code is libcurl's (`CURLcode`, or `CURLMcode` when the whole client failed). If the
        /// message reports that no thread could be started, it is the system's errno.
        case other(code: Int32)
    }

    /// The cause of a failure, if it is known.
    public enum Cause: Sendable, Hashable {
        /// The system's errno, such as `ECONNREFUSED`.
        case system(code: Int32)
        case certificateExpired
        case certificateNotYetValid
        /// The certificate belongs to another host.
        case certificateOfAnotherHost
        case certificateSelfSigned
        /// The certificate's issuer is not trusted.
        case certificateNotTrusted
        /// The peer does not speak TLS.
        case notTLS
        /// A mail server offers no STARTTLS, but the message requires it.
        case noStartTLS
        /// The file of certificate authorities cannot be read.
        case authoritiesUnreadable
        /// The time was over before the lookup of the host's name ended.
        case lookupTimedOut
    }

    /// The kind of failure.
    public let kind: Kind
    /// The cause; nil if it is unknown.
    public let cause: Cause?
    /// The errno of a shortage in this process or machine, if that and not the peer is at fault.
    package let shortage: Int32?
    /// The peer; nil if there was none yet.
    package let endpoint: Endpoint?
    /// What went wrong, without the address.
    public let reason: String
    /// What went wrong and with which scheme, host and port.
    public let message: String

    /// Makes an error, for instance to test code that handles errors; keep secrets out of the message.
    public init(kind: Kind, message: String) {
        self.kind = kind
        self.message = message
        cause = nil
        shortage = nil
        endpoint = nil
        reason = message
    }

    init(kind: Kind, cause: Cause? = nil, endpoint: Endpoint, reason: String, shortage: Int32? = nil) {
        self.kind = kind
        self.cause = cause
        self.shortage = shortage
        self.endpoint = endpoint
        self.reason = reason
        message = "\(endpoint): \(reason)"
    }

    init(code: CURLcode, endpoint: Endpoint) {
        self.init(
            kind: Kind(code), endpoint: endpoint, reason: code.words,
            shortage: code == CURLE_OUT_OF_MEMORY ? ENOMEM : nil)
    }

    init(multiCode: CURLMcode) {
        self.init(
            kind: .other(code: multiCode.code), words: multiCode.words,
            shortage: multiCode == CURLM_OUT_OF_MEMORY ? ENOMEM : nil)
    }

    /// A failure of the client as a whole, before any connection.
    init(kind: Kind, words: String, shortage: Int32?) {
        self.kind = kind
        self.shortage = shortage
        cause = nil
        endpoint = nil
        reason = words
        message = words
    }

    /// The error of every transfer on a closed client.
    static let closed = HTTPClientError(kind: .closed, message: "the client is closed")

    /// A response larger than its request allows.
    static func tooLarge(_ endpoint: Endpoint) -> HTTPClientError {
        HTTPClientError(kind: .responseTooLarge, endpoint: endpoint, reason: "the response is larger than allowed")
    }

    /// A response with a header line that is larger than libcurl takes.
    static func headTooLarge(_ endpoint: Endpoint) -> HTTPClientError {
        HTTPClientError(
            kind: .responseTooLarge, endpoint: endpoint, reason: "a header line of the response is larger than allowed")
    }
}

extension HTTPClientError: CustomStringConvertible {
    /// The kind and the message.
    public var description: String { "\(kind): \(message)" }
}

extension HTTPClientError.Kind {
    /// The kind for a failed transfer's code.
    init(_ code: CURLcode) {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            self = .couldNotResolve
        case CURLE_COULDNT_CONNECT:
            self = .couldNotConnect
        case CURLE_OPERATION_TIMEDOUT:
            self = .timedOut
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR:
            self = .connectionReset
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING:
            self = .closedEarly
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_NOTFOUND,
            CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_USE_SSL_FAILED:
            self = .tls
        case CURLE_URL_MALFORMAT:
            self = .invalidRequest
        default:
            self = .other(code: code.code)
        }
    }
}
