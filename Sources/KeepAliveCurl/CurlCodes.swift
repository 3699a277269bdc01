import CKeepAliveCurl

extension CURLcode {
    /// The code as the number that libcurl-errors(3) lists.
    var code: Int32 { Int32(clamping: rawValue) }
    /// libcurl's words for it (curl_easy_strerror(3)); they contain nothing of the request.
    var words: String { unsafe curl_easy_strerror(self).map { unsafe String(cString: $0) } ?? "unknown error" }
}

extension CURLMcode {
    /// The code as the number that libcurl-errors(3) lists; -1 is no error.
    var code: Int32 { Int32(clamping: rawValue) }
    var words: String { unsafe curl_multi_strerror(self).map { unsafe String(cString: $0) } ?? "unknown error" }
}
