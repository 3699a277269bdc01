import KeepAliveCurl
import KeepAlivePlatform

/// Sends e-mail by SMTP.
///
/// Keys: `url` (`smtp://host:port` or `smtps://host:port`), `from`, `to` (one address or a list), `username`,
/// `password`, `tls` (`required`, the default, or `opportunistic`), `caFile` (authorities to trust instead of the
/// system's), `name`.
struct EmailChannel: Channel {
    static let type = "email"
    let name: String
    private let url: String
    private let from: String
    private let to: [String]
    private let username: String?
    private let password: String?
    private let encryption: MailMessage.Encryption
    private let caFile: String?
    private let unfinished = UnfinishedMails()

    /// How long a recipient that the server refuses for now is tried: most greylists end after five minutes. The other
    /// recipients' next events of the service wait meanwhile.
    static let patience = Duration.seconds(600)

    init(reading section: ConfigurationSection) {
        name = section.string("name", default: Self.type)
        let url = section.string("url")
        self.url = url
        let scheme = ["smtp://", "smtps://"].first { url.lowercased().hasPrefix($0) }
        let isAddress = (try? Endpoint(url: url, schemes: ["smtp", "smtps"])) != nil
        if !url.isEmpty,
            scheme == nil || !isAddress || url.contains("@") || url.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F })
        {
            section.refuse("url", "it is not a mail server's address: give smtp://host:port or smtps://host:port")
        }
        from = section.string("from")
        to = section.strings("to")
        if to.isEmpty { section.refuse("to", "is missing: give an address, or a list of them") }
        if !from.isEmpty, !MailMessage.isAddress(from) { section.refuse("from", "it is not an e-mail address") }
        for address in to where !MailMessage.isAddress(address) {
            section.refuse("to", "\"\(AlertText.line(address).prefix(60))\" is not an e-mail address")
        }
        username = section.optionalString("username")
        password = section.optionalString("password")
        if (username == nil) != (password == nil) {
            section.refuse(username == nil ? "username" : "password", "is missing: a name and a password go together")
        }
        caFile = section.certificateFile("caFile")
        let tls = section.choice("tls", ["required", "opportunistic"], default: "required")
        encryption = tls == "required" ? .required : .opportunistic
        if encryption == .opportunistic, password != nil, scheme == "smtp://" {
            section.refuse("tls", "opportunistic would let anybody on the way read the password: use required")
        }
    }

    var secrets: [String] { password.map { [$0] } ?? [] }

    func send(_ event: AlertEvent, key: String, with client: HTTPClient) async -> Delivery {
        let mail = MailMessage(
            url: url, sender: from, recipients: unfinished[key]?.recipients ?? to,
            content: EmailMessage(event: event, key: key, from: from, to: to).bytes, username: username,
            password: password, encryption: encryption, caFile: caFile)
        do {
            return delivery(after: try await client.send(mail), of: key, at: .now())
        } catch let error as HTTPClientError where error.cause == .noStartTLS {
            return .refused(
                reason: "\(error.message); use a server with TLS, or set tls: \"opportunistic\" (no username and "
                    + "password) to send mail unencrypted where TLS is not offered")
        } catch {
            return Delivery(error, to: "the mail server")
        }
    }

    /// What a reply means, after the replies to earlier attempts.
    func delivery(after reply: MailReply, of key: String, at now: MonotonicTime) -> Delivery {
        let isTaken = (200..<300).contains(reply.code)
        let earlier = unfinished[key]
        guard isTaken || earlier != nil else {
            let reason = "the mail server answered \(reply.code)"
            return (500..<600).contains(reply.code)
                ? .refused(reason: reason) : .failed(reason: reason, retryAfter: nil)
        }
        var rest = UnfinishedMails.Rest(recipients: [], refused: earlier?.refused ?? [], began: earlier?.began ?? now)
        let isOver = now.since(rest.began) >= Self.patience
        var waiting: [String] = []
        let missing =
            isTaken
            ? reply.refusals.map { ($0.recipient, $0.code) } : (earlier?.recipients ?? []).map { ($0, reply.code) }
        for (recipient, code) in missing {
            if code >= 500 || isOver {
                rest.refused.append("\(recipient) (\(code))")
            } else {
                rest.recipients.append(recipient)
                waiting.append("\(recipient) (\(code))")
            }
        }
        unfinished[key] = rest.recipients.isEmpty ? nil : rest
        let words = "the mail server refuses \((rest.refused + waiting).joined(separator: ", "))"
        if !waiting.isEmpty { return .unfinished(missing: "\(words); the other recipients have the message") }
        return rest.refused.isEmpty ? .delivered : .delivered(missing: words)
    }
}
