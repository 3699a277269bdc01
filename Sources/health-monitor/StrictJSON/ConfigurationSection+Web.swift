import KeepAliveCurl

/// Addresses and secrets of services on the web, as targets and channels have them.
extension ConfigurationSection {
    /// An `http` or `https` URL that can be sent as it is.
    func webAddress(_ key: String, default fallback: String? = nil) -> String {
        if let fallback, !has(key) { return fallback }
        let text = string(key)
        if !text.isEmpty { checkWebAddress(text, key) }
        return text
    }

    /// Reports an address that cannot be sent as it is.
    func checkWebAddress(_ text: String, _ key: String) {
        do throws(HTTPClientError) {
            _ = try Endpoint(url: text)
            guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
                throw HTTPClientError(kind: .invalidRequest, message: "it holds a blank")
            }
        } catch {
            // Not quoted: a webhook's address is a secret.
            refuse(
                key,
                "it is not a web address (\(error.reason)): give an address that begins with https:// or http://, "
                    + "without blanks")
        }
    }

    /// A secret for a header field or an address.
    func secret(_ key: String) -> String {
        let text = string(key)
        if text.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) {
            refuse(key, "it holds a blank, or a character that is not ASCII")
        }
        return text
    }
}
