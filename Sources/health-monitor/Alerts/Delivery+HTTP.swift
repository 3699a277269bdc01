import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

extension Delivery {
    /// Reads an answer of a peer that follows HTTP's status codes.
    ///
    /// - Parameters:
    ///   - peer: the name of the peer for people.
    ///   - retryAfter: the delay that the answer's body asks for; if nil, the Retry-After header counts.
    ///   - secrets: texts that the reason must not quote from the answer.
    init(_ response: HTTPClientResponse, from peer: String, retryAfter: Duration? = nil, hiding secrets: [String]) {
        if (200..<300).contains(response.status) {
            self = .delivered
            return
        }
        let words = Self.excerpt(response.body, hiding: secrets)
        let reason = "\(peer) answered \(response.status)" + (words.isEmpty ? "" : ": \(words)")
        switch response.status {
        case 408, 425, 429, 500...:
            self = .failed(reason: reason, retryAfter: retryAfter ?? Self.retryAfter(response.header("Retry-After")))
        default:
            // A redirect too: following it could send the alert to anybody.
            self = .refused(reason: reason)
        }
    }

    /// Reads the error of a request without an answer.
    init(_ error: any Error, to peer: String) {
        guard let error = error as? HTTPClientError else {
            self = .failed(reason: "\(peer): the sending was cancelled", retryAfter: nil)
            return
        }
        let reason = "\(peer) cannot be reached: \(error.message)"
        self = error.kind == .invalidRequest ? .refused(reason: reason) : .failed(reason: reason, retryAfter: nil)
    }

    /// The beginning of an answer's body, in one line.
    private static func excerpt(_ body: [UInt8], hiding secrets: [String]) -> String {
        let text = AlertText.line(String(decoding: body.prefix(2000), as: UTF8.self))
        // Redact before cutting: half a secret is a secret too.
        return Log.none.hiding(secrets).redact(text).limited(to: 200)
    }
}
