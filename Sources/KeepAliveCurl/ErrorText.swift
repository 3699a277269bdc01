import CKeepAliveCurl

/// Where libcurl writes what went wrong in one transfer (CURLOPT_ERRORBUFFER(3)), and the errno of a socket that could not be
/// opened for it.
/// It must live as long as the transfer's handle is in use.
final class ErrorText {
    let buffer: UnsafeMutablePointer<CChar>
    let socketFailure: UnsafeMutablePointer<Int32>
    /// What is noted of the peer's certificates.
    let chain: UnsafeMutablePointer<ccurl_chain>

    init() {
        buffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        buffer.initialize(to: 0)
        socketFailure = .allocate(capacity: 1)
        socketFailure.initialize(to: 0)
        chain = .allocate(capacity: 1)
        chain.initialize(to: ccurl_chain())
    }

    deinit {
        buffer.deallocate()
        socketFailure.deallocate()
        chain.deallocate()
    }

    var text: String { String(cString: buffer) }
}
