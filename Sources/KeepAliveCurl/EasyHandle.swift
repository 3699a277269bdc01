import CKeepAliveCurl

/// One easy handle of libcurl, with the memory it points at and the data it received (libcurl-easy(3)).
///
/// Not Sendable: made, used and dropped on the transfer thread. It remembers the first option that libcurl refused, so
/// one check at the end is enough.
@safe final class EasyHandle {
    let raw: UnsafeMutableRawPointer
    private let notes: UnsafeMutablePointer<ccurl_notes>
    private var lists: [UnsafeMutablePointer<curl_slist>] = unsafe []
    private var state = State()

    private struct State {
        var firstFailure = CURLE_OK
        var head = ResponseHead()
        /// Takes the lines of a mail server instead; nil with HTTP.
        var replies: MailReplies?
        var body: [UInt8] = []
        var isTooLarge = false
        var bodyLimit = 0
        var cutsBody = false
        var upload: ArraySlice<UInt8> = []
        var isUploaded = false
        var isOver: () -> Bool = { false }
    }

    /// Nil when memory ran out.
    init?() {
        guard let raw = unsafe curl_easy_init() else { return nil }
        unsafe self.raw = raw
        unsafe notes = .allocate(capacity: 1)
        unsafe notes.initialize(to: ccurl_notes())
    }

    deinit {
        unsafe curl_easy_cleanup(raw)
        unsafe notes.deallocate()
        freeLists()
    }

    /// Prepares it for another transfer, which costs less than a new handle. Cookies and connections stay
    /// (curl_easy_reset(3)).
    func reset() {
        unsafe curl_easy_reset(raw)
        unsafe notes.pointee = ccurl_notes()
        freeLists()
        state = State()
    }

    private func freeLists() {
        for index in unsafe lists.indices { unsafe curl_slist_free_all(lists[index]) }
        unsafe lists = []
    }

    // MARK: Options (curl_easy_setopt(3))

    /// `CURLE_OK`, or why the first refused option was refused.
    var firstFailure: CURLcode { state.firstFailure }

    func set(_ option: CURLoption, _ value: Int) {
        unsafe note(ccurl_set_long(raw, option, value))
    }

    func set(_ option: CURLoption, _ value: String) {
        unsafe note(ccurl_set_pointer(raw, option, value))
    }

    /// Sets a duration in milliseconds, at least 1, because 0 would mean libcurl's default or no limit at all.
    func set(_ option: CURLoption, _ value: Duration) {
        let (seconds, attoseconds) = value.components
        let limit = Int64(Int32.max)
        // Clamped before multiplying, which could overflow.
        let whole = min(max(0, seconds), limit / 1000) * 1000
        set(option, Int(min(max(1, whole + attoseconds / 1_000_000_000_000_000), limit)))
    }

    func set(_ option: CURLoption, list lines: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = unsafe curl_slist_append(list, line) else {
                unsafe curl_slist_free_all(list)
                return note(CURLE_OUT_OF_MEMORY)
            }
            unsafe list = longer
        }
        guard let list = unsafe list else { return }
        unsafe lists.append(list)
        unsafe note(ccurl_set_pointer(raw, option, list))
    }

    /// Sets the body to a copy of the bytes.
    func setBody(_ bytes: [UInt8]) {
        // The size first: libcurl copies as many bytes as this option sets (CURLOPT_COPYPOSTFIELDS(3)).
        unsafe note(ccurl_set_offset(raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count)))
        if bytes.isEmpty {
            set(CURLOPT_COPYPOSTFIELDS, "")
        } else {
            unsafe note(ccurl_set_pointer(raw, CURLOPT_COPYPOSTFIELDS, bytes))
        }
    }

    /// Sets the bytes that libcurl uploads.
    func setUpload(_ bytes: [UInt8]) {
        state.upload = bytes[...]
        set(CURLOPT_UPLOAD, 1)
        unsafe note(ccurl_set_pointer(raw, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque()))
        unsafe note(
            ccurl_set_callback(raw, CURLOPT_READFUNCTION) { buffer, size, count, me in
                let (total, overflow) = size.multipliedReportingOverflow(by: count)
                guard let buffer = unsafe buffer, let me = unsafe me, !overflow else { return Int(CURL_READFUNC_ABORT) }
                let easy = unsafe Unmanaged<EasyHandle>.fromOpaque(me).takeUnretainedValue()
                let part = easy.state.upload.prefix(total)
                unsafe UnsafeMutableRawBufferPointer(start: buffer, count: total).copyBytes(from: part)
                easy.state.upload = easy.state.upload.dropFirst(part.count)
                easy.state.isUploaded = part.isEmpty
                return part.count
            })
    }

    /// Accepts header lines and a body of at most this many bytes; a longer body is an error, or is cut off there.
    ///
    /// The callbacks do not retain the handle; its transfer does until it has left the multi handle.
    func receive(atMost limit: Int, cuttingBody: Bool = false) {
        (state.bodyLimit, state.cutsBody) = (max(0, limit), cuttingBody)
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe note(ccurl_set_pointer(raw, CURLOPT_HEADERDATA, me))
        unsafe note(ccurl_set_pointer(raw, CURLOPT_WRITEDATA, me))
        unsafe note(
            ccurl_set_callback(raw, CURLOPT_HEADERFUNCTION) { bytes, size, count, me in
                unsafe EasyHandle.take(bytes, size, count, me) { state, bytes in
                    let line = unsafe Array(bytes)
                    return !(state.replies?.take(line) ?? state.head.take(line))
                }
            })
        unsafe note(
            ccurl_set_callback(raw, CURLOPT_WRITEFUNCTION) { bytes, size, count, me in
                unsafe EasyHandle.take(bytes, size, count, me) { state, bytes in
                    let room = state.bodyLimit - state.body.count
                    let isTooLarge = bytes.count > room
                    if !isTooLarge || state.cutsBody { unsafe state.body.append(contentsOf: bytes.prefix(room)) }
                    return isTooLarge
                }
            })
    }

    /// Stores received bytes within the limit; a smaller return value makes libcurl abort the transfer.
    private static func take(
        _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ me: UnsafeMutableRawPointer?,
        isTooLarge: (inout State, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        let (total, overflow) = size.multipliedReportingOverflow(by: count)
        guard total > 0, !overflow, let me = unsafe me else { return 0 }
        let easy = unsafe Unmanaged<EasyHandle>.fromOpaque(me).takeUnretainedValue()
        easy.state.isTooLarge = unsafe isTooLarge(&easy.state, UnsafeRawBufferPointer(start: bytes, count: total))
        return easy.state.isTooLarge ? 0 : total
    }

    /// Accepts the replies of a mail server, of at most this many bytes.
    func receiveReplies(atMost limit: Int) {
        state.replies = MailReplies()
        receive(atMost: limit)
    }

    /// Requests the peer's current certificate: on a new connection, without a resumed session.
    func wantCertificate() {
        unsafe ccurl_note_chain(raw, &notes.pointee.chain)
        set(CURLOPT_CERTINFO, 1)
        set(CURLOPT_FRESH_CONNECT, 1)
        set(CURLOPT_SSL_SESSIONID_CACHE, 0)
    }

    /// Ends libcurl's waiting within a second once this is true, or once a mail server has been sent QUIT: otherwise
    /// libcurl blocks the thread for two minutes until the answer to that.
    func giveUpWaiting(when isOver: @escaping () -> Bool) {
        state.isOver = isOver
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe note(
            ccurl_give_up_waiting(raw, notes, me) { me, _, _, _, _ in
                guard let me = unsafe me else { return 0 }
                let easy = unsafe Unmanaged<EasyHandle>.fromOpaque(me).takeUnretainedValue()
                return unsafe easy.notes.pointee.has_quit != 0 || easy.state.isOver() ? 1 : 0
            })
    }

    func noteFailures() { unsafe note(ccurl_note_failures(raw, notes)) }
    func allowOnlyHTTP() { unsafe note(ccurl_allow_only_http(raw)) }
    func allowOnlySMTP() { unsafe note(ccurl_allow_only_smtp(raw)) }
    func allowSomeRecipientsToFail() { unsafe note(ccurl_allow_some_recipients_to_fail(raw)) }
    func doNotWaitForLookups() { unsafe note(ccurl_do_not_wait_for_lookups(raw)) }

    private func note(_ code: CURLcode) {
        if state.firstFailure == CURLE_OK { state.firstFailure = code }
    }

    // MARK: Received data

    var fields: [(name: String, value: String)] { state.head.fields }
    var replies: [Int] { state.replies?.codes ?? [] }
    var body: [UInt8] { state.body }
    /// Whether libcurl has taken all bytes to upload, and knows that these were all.
    var isUploaded: Bool { state.isUploaded }
    /// Whether more was received than allowed.
    var isTooLarge: Bool { state.isTooLarge }

    /// Sends as much as is possible now, on a handle that only connects (curl_easy_send(3)).
    func send(_ bytes: ArraySlice<UInt8>) -> (code: CURLcode, count: Int) {
        var count = 0
        let code = unsafe bytes.withUnsafeBytes { unsafe curl_easy_send(raw, $0.baseAddress, $0.count, &count) }
        return (code, count)
    }

    /// Appends the available bytes (curl_easy_recv(3)); a count of 0 is the end.
    func receive(into reply: inout [UInt8]) -> (code: CURLcode, count: Int) {
        unsafe withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 1) { chunk in
            var count = 0
            let code = unsafe curl_easy_recv(raw, chunk.baseAddress, chunk.count, &count)
            if code == CURLE_OK { unsafe reply.append(contentsOf: chunk[..<count]) }
            return (code, count)
        }
    }

    // MARK: Facts of the transfer (curl_easy_getinfo(3))

    func number(_ info: CURLINFO) -> Int {
        var value = 0
        _ = unsafe ccurl_get_long(raw, info, &value)
        return value
    }

    /// A time in microseconds.
    func time(_ info: CURLINFO) -> Int64 {
        var value: curl_off_t = 0
        _ = unsafe ccurl_get_offset(raw, info, &value)
        return Int64(value)
    }

    var redirectURL: String? {
        var url: UnsafeMutablePointer<CChar>?
        _ = unsafe ccurl_get_string(raw, CURLINFO_REDIRECT_URL, &url)
        return unsafe url.map { unsafe String(cString: $0) }
    }

    /// All cookies at the end of the transfer (CURLINFO_COOKIELIST(3)).
    var cookies: [String] {
        var list: UnsafeMutablePointer<curl_slist>?
        guard unsafe ccurl_get_list(raw, CURLINFO_COOKIELIST, &list) == CURLE_OK else { return [] }
        defer { unsafe curl_slist_free_all(list) }
        return unsafe Self.texts(list)
    }

    /// libcurl's data of the peer's own certificate, as `name:value`; nil without TLS (CURLINFO_CERTINFO(3)).
    var certificateFields: [String]? {
        var found: UnsafeMutablePointer<curl_certinfo>?
        guard unsafe ccurl_get_certificates(raw, &found) == CURLE_OK, let found = unsafe found,
            unsafe found.pointee.num_of_certs > 0, let lists = unsafe found.pointee.certinfo
        else { return nil }
        return unsafe Self.texts(lists[0])
    }

    /// The socket of a connection.
    var socket: curl_socket_t? {
        var socket = curl_socket_t(-1)
        return unsafe ccurl_get_socket(raw, &socket) == CURLE_OK && socket >= 0 ? socket : nil
    }

    /// libcurl's own words on a failure.
    var words: String { unsafe Self.text(notes.pointee.words) }
    /// The errno of a socket that could not be opened.
    var socketFailure: Int32 { unsafe notes.pointee.socket_failure }

    /// The earliest end of a certificate in the peer's chain, and its subject if it is not the peer's own. Nil without
    /// notes on the chain.
    var chainEnd: (seconds: Int64, subject: String?)? {
        let chain = unsafe notes.pointee.chain
        return chain.count > 0 ? (chain.end, chain.end_depth > 0 ? Self.text(chain.end_subject) : nil) : nil
    }

    /// The subject of the faulty certificate in the chain; nil if it is the peer's own, or none is faulty.
    var faultSubject: String? {
        let chain = unsafe notes.pointee.chain
        return chain.fault != 0 && chain.fault_depth > 0 ? Self.text(chain.fault_subject) : nil
    }

    private static func text<Characters>(_ characters: Characters) -> String {
        unsafe withUnsafeBytes(of: characters) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func texts(_ list: UnsafeMutablePointer<curl_slist>?) -> [String] {
        var texts: [String] = []
        var entry = unsafe list
        while let current = unsafe entry {
            if let data = unsafe current.pointee.data { unsafe texts.append(String(cString: data)) }
            unsafe entry = current.pointee.next
        }
        return texts
    }
}
