import CCurl

/// Where libcurl writes what went wrong in one transfer (CURLOPT_ERRORBUFFER(3)), and the errno of a socket that could not be
/// opened for it.
final class ErrorText {
    let buffer: UnsafeMutablePointer<CChar>
    let socketFailure: UnsafeMutablePointer<Int32>

    init() {
        buffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        buffer.initialize(to: 0)
        socketFailure = .allocate(capacity: 1)
        socketFailure.initialize(to: 0)
    }

    deinit {
        buffer.deallocate()
        socketFailure.deallocate()
    }

    var text: String { String(cString: buffer) }
}
