import CCurl

/// Where libcurl writes what went wrong in one transfer (CURLOPT_ERRORBUFFER(3)).
final class ErrorText {
    let buffer: UnsafeMutablePointer<CChar>

    init() {
        buffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        buffer.initialize(to: 0)
    }

    deinit {
        buffer.deallocate()
    }

    var text: String { String(cString: buffer) }
}
