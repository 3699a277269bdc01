import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

extension Delivery {
    /// What an answer means, for peers that keep to HTTP's meaning of its codes.
    ///
    /// - Parameters:
    ///   - peer: who answered, as people know it.
    ///   - retryAfter: what the answer's body says of when to try again; its header counts where this is nil.
    ///   - secrets: what must not be quoted from the answer.
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
            // A redirect too: following it could hand the alert to anybody.
            self = .refused(reason: reason)
        }
    }

    /// What it means that there was no answer.
    init(_ error: any Error, to peer: String) {
        guard let error = error as? HTTPClientError else {
            self = .failed(reason: "\(peer): the sending was cancelled", retryAfter: nil)
            return
        }
        let reason = "\(peer) cannot be reached: \(error.message)"
        self = error.kind == .invalidRequest ? .refused(reason: reason) : .failed(reason: reason, retryAfter: nil)
    }

    /// The beginning of an answer's body in one line.
    private static func excerpt(_ body: [UInt8], hiding secrets: [String]) -> String {
        let text = AlertText.line(String(decoding: body.prefix(2000), as: UTF8.self))
        // The whole is searched before it is cut: half a secret is a secret too.
        return Log.none.hiding(secrets).redact(text).limited(to: 200)
    }
}
