import CKeepAliveCurl

/// One transfer under way: what its easy handle is told, and what becomes of it. A kind of transfer is one type of these.
///
/// Not Sendable: it lives and dies on the transfer thread.
protocol Transfer: AnyObject {
    var easy: EasyHandle { get }
    /// Whoever waits for the outcome.
    var waiter: any Waiter { get }
    /// Whether the handle is fit for another transfer afterwards.
    var leavesHandleClean: Bool { get }

    /// Sets all options of the handle.
    func prepare(_ settings: ClientSettings) throws(HTTPClientError)

    /// libcurl is done with the handle: gives the waiter the outcome, or returns false where it goes on by hand.
    func isOver(_ code: CURLcode) -> Bool
}

extension Transfer {
    var leavesHandleClean: Bool { true }
}

extension EasyHandle {
    /// Sets what all transfers have in common.
    func prepare(
        _ url: String, timeout: Duration, connectTimeout: Duration, caFile: String?, unixSocketPath: String? = nil
    ) {
        set(CURLOPT_URL, url)
        set(CURLOPT_NOSIGNAL, 1)
        noteFailures()
        set(CURLOPT_TCP_NODELAY, 1)
        set(CURLOPT_TIMEOUT_MS, timeout)
        set(CURLOPT_CONNECTTIMEOUT_MS, connectTimeout)
        doNotWaitForLookups()
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let caFile { set(CURLOPT_CAINFO, caFile) }
        if let unixSocketPath { set(CURLOPT_UNIX_SOCKET_PATH, unixSocketPath) }
    }

    /// Throws when libcurl has refused an option.
    func check(_ endpoint: Endpoint) throws(HTTPClientError) {
        guard firstFailure == CURLE_OK else { throw HTTPClientError(code: firstFailure, endpoint: endpoint) }
    }
}
