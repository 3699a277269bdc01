import CKeepAliveCurl

/// What is known of the certificates by which a peer was verified.
package struct Certificate: Sendable, Hashable {
    /// The earliest end in the chain, in seconds since 1970.
    package var end: Int64
    /// Whose that is, such as `/CN=Some Authority`; nil where it is the peer's own certificate.
    package var subject: String?
    /// Whether the peer's own certificate names hosts in the extension for that, without which browsers refuse it.
    package var hasAlternativeName: Bool

    /// Reads what libcurl shows of the peer's own certificate, and what was noted of its chain; nil without TLS.
    init?(of easy: UnsafeMutableRawPointer, _ chain: ccurl_chain) {
        var found: UnsafeMutablePointer<curl_certinfo>?
        guard ccurl_get_certificates(easy, &found) == CURLE_OK, let found, found.pointee.num_of_certs > 0,
            let lists = found.pointee.certinfo
        else { return nil }
        var ownEnd: Int64?
        hasAlternativeName = false
        var entry = lists[0]
        while let current = entry {
            if let data = current.pointee.data {
                let text = String(cString: data)
                if text.hasPrefix("X509v3 Subject Alternative Name:") { hasAlternativeName = true }
                if text.hasPrefix("Expire date:") {
                    let time = curl_getdate(String(text.dropFirst("Expire date:".count)), nil)
                    ownEnd = time == -1 ? nil : Int64(time)
                }
            }
            entry = current.pointee.next
        }
        if chain.count > 0 {
            end = chain.end
            subject = chain.end_depth > 0 ? Self.text(chain.end_subject) : nil
        } else if let ownEnd {
            end = ownEnd
        } else {
            return nil
        }
        // Of a library other than OpenSSL nothing is known of extensions.
        if chain.count == 0 { hasAlternativeName = true }
    }

    static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
