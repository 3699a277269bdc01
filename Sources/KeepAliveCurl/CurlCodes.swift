import CKeepAliveCurl

extension CURLcode {
    /// The code as the number that libcurl-errors(3) lists.
    var code: Int32 { Int32(clamping: rawValue) }
}

extension CURLMcode {
    /// The code as the number that libcurl-errors(3) lists; -1 is no error.
    var code: Int32 { Int32(clamping: rawValue) }
}
