import CKeepAliveCurl

/// One transfer in progress: the options of its easy handle, and its outcome. Each kind of transfer is a type.
///
/// Not Sendable: made, used and dropped on the transfer thread.
protocol Transfer: AnyObject {
    var easy: EasyHandle { get }
    /// The caller that waits for the outcome.
    var waiter: any Waiter { get }
    /// Whether the handle can be reused afterwards.
    var leavesHandleClean: Bool { get }

    /// Sets all options of the handle.
    func prepare(_ settings: ClientSettings) throws(HTTPClientError)

    /// libcurl has finished with the handle: gives the waiter the outcome, or returns false if it continues by hand.
    func isOver(_ code: CURLcode) -> Bool
}

extension Transfer {
    var leavesHandleClean: Bool { true }
}

extension EasyHandle {
    /// Sets the options that all transfers share.
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
