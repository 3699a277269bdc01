import CCurl

/// What libcurl tells of a peer's certificate.
enum Certificate {
    /// When the certificate of the peer itself ends, in seconds since 1970; nil without one. Those of its issuers do not
    /// count: some servers send an old one that nobody needs.
    static func end(of easy: UnsafeMutableRawPointer) -> Int64? {
        var found: UnsafeMutablePointer<curl_certinfo>?
        guard ccurl_get_certificates(easy, &found) == CURLE_OK, let found, found.pointee.num_of_certs > 0,
            let lists = found.pointee.certinfo
        else { return nil }
        var entry = lists[0]
        while let current = entry {
            if let data = current.pointee.data {
                let text = String(cString: data)
                if text.hasPrefix("Expire date:") {
                    let time = curl_getdate(String(text.dropFirst("Expire date:".count)), nil)
                    return time == -1 ? nil : Int64(time)
                }
            }
            entry = current.pointee.next
        }
        return nil
    }
}
