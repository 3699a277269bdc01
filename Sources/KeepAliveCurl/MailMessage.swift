/// One e-mail for an SMTP server, to send with `HTTPClient` (RFC 5321; by libcurl).
///
/// A plain value: safe to use from any thread. It is checked when it is sent, not when it is made.
public struct MailMessage: Sendable {
    /// Whether the password and the message may be sent unencrypted.
    public enum Encryption: Sendable {
        /// Only through TLS: by STARTTLS, or from the start if the URL's scheme is `smtps`.
        case required
        /// Through TLS if the server offers STARTTLS, otherwise unencrypted.
        case opportunistic
    }

    /// The server: `smtp://host:port` or `smtps://host:port`.
    public var url: String
    /// The envelope's sender and recipients, as bare addresses.
    public var sender: String
    public var recipients: [String]
    /// The message with its header, lines ending with CRLF; a line that is a dot is escaped when sent.
    public var content: [UInt8]
    public var username: String?
    public var password: String?
    public var encryption: Encryption
    /// The path of a PEM file of certificate authorities to trust instead of the client's, or nil.
    public var caFile: String?
    /// The longest that the whole transfer may take.
    public var timeout: Duration

    /// Makes a message.
    public init(
        url: String, sender: String, recipients: [String], content: [UInt8], username: String? = nil,
        password: String? = nil, encryption: Encryption = .required, caFile: String? = nil,
        timeout: Duration = .seconds(60)
    ) {
        self.url = url
        self.sender = sender
        self.recipients = recipients
        self.content = content
        self.username = username
        self.password = password
        self.encryption = encryption
        self.caFile = caFile
        self.timeout = timeout
    }

    /// The message's fault, in words that quote nothing of it, or nil.
    var fault: String? {
        guard !recipients.isEmpty else { return "there is no recipient" }
        guard ([sender] + recipients).allSatisfy(Self.isAddress) else { return "an address is malformed" }
        guard [username, password, caFile].allSatisfy({ $0?.utf8.contains(0) != true }) else {
            return "a text holds a NUL character"
        }
        return nil
    }

    /// Whether a text is a valid envelope address: other characters could form a command of their own.
    public static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts.contains { $0.isEmpty } && text.utf8.count <= 254
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"<>()[],;:\\\"".utf8.contains($0) }
    }
}
