/// What is known of the certificates by which a peer was verified.
package struct Certificate: Sendable, Hashable {
    /// The earliest end in the chain, in seconds since 1970.
    package var end: Int64
    /// Whose that is, such as `/CN=Some Authority`; nil where it is the peer's own certificate.
    package var subject: String?
    /// Whether the peer's own certificate names hosts in the extension for that, without which browsers refuse it.
    package var hasAlternativeName: Bool

    /// Reads what libcurl shows of the peer's own certificate, and what was noted of its chain; nil without TLS.
    init?(of easy: EasyHandle) {
        guard let fields = easy.certificateFields else { return nil }
        let ownEnd = fields.last { $0.hasPrefix("Expire date:") }
            .flatMap { CurlURL.seconds(ofDate: String($0.dropFirst("Expire date:".count))) }
        guard let end = easy.chainEnd ?? ownEnd.map({ ($0, nil) }) else { return nil }
        (self.end, subject) = end
        // Of a library other than OpenSSL nothing is known of extensions.
        hasAlternativeName =
            easy.chainEnd == nil || fields.contains { $0.hasPrefix("X509v3 Subject Alternative Name:") }
    }
}
