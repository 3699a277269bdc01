import CKeepAliveCurl

/// Sets options of one easy handle and remembers the first that libcurl refused (curl_easy_setopt(3)).
struct EasyOptions {
    private let easy: UnsafeMutableRawPointer
    /// `CURLE_OK`, or why the first refused option was refused.
    private(set) var firstFailure = CURLE_OK

    init(_ easy: UnsafeMutableRawPointer) {
        self.easy = easy
    }

    mutating func set(_ option: CURLoption, _ value: Int) {
        note(ccurl_set_long(easy, option, value))
    }

    mutating func set(_ option: CURLoption, _ value: String) {
        note(ccurl_set_string(easy, option, value))
    }

    mutating func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer) {
        note(ccurl_set_pointer(easy, option, value))
    }

    mutating func set(_ option: CURLoption, _ value: UnsafeMutablePointer<curl_slist>) {
        note(ccurl_set_list(easy, option, value))
    }

    mutating func set(_ option: CURLoption, _ value: @escaping curl_write_callback) {
        note(ccurl_set_callback(easy, option, value))
    }

    /// Sets a duration in milliseconds, at least 1 since 0 would mean libcurl's default or no limit at all.
    mutating func set(_ option: CURLoption, _ value: Duration) {
        let (seconds, attoseconds) = value.components
        let limit = Int64(Int32.max)
        // Clamped before multiplying, which could overflow.
        let whole = min(max(0, seconds), limit / 1000) * 1000
        set(option, Int(min(max(1, whole + attoseconds / 1_000_000_000_000_000), limit)))
    }

    /// Sets the body to a copy of the bytes.
    mutating func setBody(_ bytes: [UInt8]) {
        // The size first: libcurl copies as many bytes as it has been told of (CURLOPT_COPYPOSTFIELDS(3)).
        note(ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count)))
        if bytes.isEmpty {
            set(CURLOPT_COPYPOSTFIELDS, "")
        } else {
            bytes.withUnsafeBytes { note(ccurl_set_bytes(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress)) }
        }
    }

    /// Asks for the peer's certificate, as the peer shows it now: on a new connection, without a resumed session.
    mutating func wantCertificate(noting chain: UnsafeMutablePointer<ccurl_chain>) {
        ccurl_note_chain(easy, chain)
        set(CURLOPT_CERTINFO, 1)
        set(CURLOPT_FRESH_CONNECT, 1)
        set(CURLOPT_SSL_SESSIONID_CACHE, 0)
    }

    mutating func allowOnlyHTTP() {
        note(ccurl_allow_only_http(easy))
    }

    mutating func allowOnlySMTP() {
        note(ccurl_allow_only_smtp(easy))
    }

    mutating func allowSomeRecipientsToFail() {
        note(ccurl_allow_some_recipients_to_fail(easy))
    }

    /// Keeps sockets from programs that this one starts, and notes why one could not be opened.
    mutating func openSockets(noting failure: UnsafeMutablePointer<Int32>) {
        note(ccurl_open_sockets(easy, failure))
    }

    mutating func doNotWaitForLookups() {
        note(ccurl_do_not_wait_for_lookups(easy))
    }

    /// Counts as a refused option what went wrong elsewhere.
    mutating func fail(_ code: CURLcode) {
        note(code)
    }

    private mutating func note(_ code: CURLcode) {
        if firstFailure == CURLE_OK {
            firstFailure = code
        }
    }
}
