import KeepAliveCurl

/// Keys that several kinds of channels share.
extension ConfigurationSection {
    /// An `http` or `https` URL that can be sent as it is.
    func webAddress(_ key: String, default fallback: String? = nil) -> String {
        if let fallback, !has(key) { return fallback }
        let text = string(key)
        guard !text.isEmpty else { return text }
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
        return text
    }

    /// A secret for a header field or an address.
    func secret(_ key: String) -> String {
        let text = string(key)
        if text.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) {
            refuse(key, "it holds a blank, or a character that is not ASCII")
        }
        return text
    }

    /// A numeric identifier of any size, written as a number or as a text.
    func identifier(_ key: String, allowing isAllowed: (String) -> Bool) -> String? {
        guard let value = value(key) else { return nil }
        let text: String? =
            if case .integer(let number) = value { "\(number)" } else { optionalString(key) }
        guard let text else { return nil }
        guard isAllowed(text) else {
            refuse(key, "\"\(text.prefix(60))\" is not allowed")
            return nil
        }
        return text
    }
}

extension String {
    /// Whether it is a Discord id: a number of up to 20 digits.
    var isSnowflake: Bool { (1...20).contains(utf8.count) && isDigits }

    var isDigits: Bool { !isEmpty && utf8.allSatisfy { (0x30...0x39).contains($0) } }
}
