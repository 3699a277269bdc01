/// The verified certificates of a peer.
package struct Certificate: Sendable, Hashable {
    /// The earliest end in the chain, in seconds since 1970.
    package var end: Int64
    /// The subject of that certificate, such as `/CN=Some Authority`; nil if it is the peer's own certificate.
    package var subject: String?
    /// Whether the peer's own certificate names hosts in the subjectAltName extension; browsers refuse it otherwise.
    package var hasAlternativeName: Bool
}

extension Certificate {
    /// Reads libcurl's data of the peer's own certificate, and the notes on its chain; nil without TLS.
    init?(of easy: EasyHandle) {
        guard let fields = easy.certificateFields else { return nil }
        let ownEnd = fields.last { $0.hasPrefix("Expire date:") }
            .flatMap { CurlURL.seconds(ofDate: String($0.dropFirst("Expire date:".count))) }
        guard let end = easy.chainEnd ?? ownEnd.map({ ($0, nil) }) else { return nil }
        (self.end, subject) = end
        // With a library other than OpenSSL the extensions are unknown.
        hasAlternativeName =
            easy.chainEnd == nil || fields.contains { $0.hasPrefix("X509v3 Subject Alternative Name:") }
    }
}
