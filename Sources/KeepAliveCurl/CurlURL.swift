import CKeepAliveCurl

/// libcurl's parsing of URLs, hosts and dates (libcurl-url(3)).
@safe struct CurlURL: ~Copyable {
    private let raw: OpaquePointer

    /// Nil when memory ran out.
    init?() {
        guard let raw = unsafe curl_url() else { return nil }
        unsafe self.raw = raw
    }

    deinit { unsafe curl_url_cleanup(raw) }

    /// Takes a URL, a relative one based on the last; false if libcurl refuses it.
    func set(_ url: String) -> Bool { unsafe curl_url_set(raw, CURLUPART_URL, url, 0) == CURLUE_OK }

    var text: String? {
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(raw, CURLUPART_URL, &text, 0) == CURLUE_OK else { return nil }
        return unsafe Self.taken(text)
    }

    /// A URL's host in DNS form: `xn--…` for letters beyond ASCII.
    static func asciiHost(of url: String) -> String? { unsafe taken(ccurl_ascii_host(url)) }

    /// A date of a certificate or header field, in seconds since 1970 (curl_getdate(3)).
    static func seconds(ofDate text: String) -> Int64? {
        let time = unsafe curl_getdate(text, nil)
        return time == -1 ? nil : Int64(time)
    }

    private static func taken(_ text: UnsafeMutablePointer<CChar>?) -> String? {
        guard let text = unsafe text else { return nil }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }
}
