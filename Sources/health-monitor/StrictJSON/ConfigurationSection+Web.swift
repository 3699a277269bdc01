import KeepAliveCurl
import KeepAliveKit

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

    /// The path of an address, to show it: without the query, which may hold a key. An address that one variable gives is
    /// a secret as a whole, so its path alone is one too.
    func shownPath(of key: String, _ url: String) -> String {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? Substring(url)
        let path = String(rest.drop { $0 != "/" && $0 != "?" && $0 != "#" }.prefix { $0 != "?" && $0 != "#" })
        guard path.count > 1, let text = value(key)?.text, let template = try? VariableText(text),
            template.isOneVariable
        else { return path }
        return "/[hidden]"
    }

    /// Hides the password of an address, and the parameters whose names say that they are secret: a service may echo its
    /// request, as it was sent or decoded.
    func hideSecrets(of url: String) {
        for secret in SecretNames.secrets(of: "URL", value: url) { hide(secret) }
        guard let query = url.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1).dropFirst().first else { return }
        for parameter in query.prefix(while: { $0 != UInt8(ascii: "#") }).split(separator: UInt8(ascii: "&")) {
            let parts = parameter.split(separator: UInt8(ascii: "="), maxSplits: 1).map { Substring($0) }
            guard parts.count == 2, Self.isSecret(String(parts[0])) else { continue }
            hide(String(parts[1]))
            // A plus sign stands for a blank there.
            let plain = parts[1].replacing("+", with: " ")
            for text in SecretNames.spellings(plain) where text != parts[1] { hide(text) }
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
