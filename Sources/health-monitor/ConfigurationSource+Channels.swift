import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

/// The channels that variables add, with or without a file.
extension ConfigurationSource {
    static func addChannels(_ root: inout [String: JSONValue], _ settings: inout Settings) {
        let channels = [discord(root, &settings), webhook(root, &settings), email(root, &settings)].compactMap { $0 }
        append(channels, to: "channels", of: &root)
    }

    private static func discord(_ root: [String: JSONValue], _ settings: inout Settings) -> JSONValue? {
        guard let token = settings.value("DISCORD_SECRET"), !names("DISCORD_SECRET", root["channels"]) else {
            return nil
        }
        var channel: [String: JSONValue] = ["type": .string("discord"), "token": literal(token)]
        for (variable, key) in [("CHANNEL_ID", "channelId"), ("USER_ID", "mention")] {
            guard let id = settings.value(variable) else { continue }
            if id.isSnowflake {
                channel[key] = .string(id)
            } else {
                settings.refuse(variable, id, "the number that Discord shows with Copy ID")
            }
        }
        if settings.value("CHANNEL_ID") == nil {
            channel["channel"] = literal("#" + (settings.value("CHANNEL_NAME") ?? "alerts"))
        }
        if let url = settings.value("DISCORD_API_URL") { channel["apiUrl"] = literal(url) }
        return .object(channel)
    }

    private static func webhook(_ root: [String: JSONValue], _ settings: inout Settings) -> JSONValue? {
        let variable = "ALERT_WEBHOOK_URL"
        guard let url = settings.value(variable), !names(variable, root["channels"]) else { return nil }
        do throws(HTTPClientError) {
            _ = try Endpoint(url: url)
        } catch {
            // Its value is a secret.
            settings.report(
                "\(variable) is not a web address (\(error.reason)): give an address such as https://example.org/hook")
            return nil
        }
        return .object(["type": "webhook", "name": "alert-webhook", "url": literal(url)])
    }

    // MARK: E-mail

    private static func email(_ root: [String: JSONValue], _ settings: inout Settings) -> JSONValue? {
        guard let text = settings.value("ALERT_EMAIL"), !names("ALERT_EMAIL", root["channels"]) else { return nil }
        let addresses = text.split(separator: ",").map { $0.filter { $0 != " " } }
        guard !addresses.isEmpty, addresses.allSatisfy(MailMessage.isAddress) else {
            settings.refuse("ALERT_EMAIL", text, "an e-mail address, or several with commas between them")
            return nil
        }
        guard let server = MailServer(&settings) else { return nil }
        var channel: [String: JSONValue] = [
            "type": "email", "name": "alert-email", "to": .array(addresses.map(literal)), "url": literal(server.url),
            "tls": .string(server.isLocal ? "opportunistic" : "required"),
        ]
        if let user = server.user, let password = server.password {
            channel["username"] = literal(user)
            channel["password"] = literal(password)
            channel["tls"] = "required"
        }
        let user = server.user ?? ""
        let from = settings.value("SMTP_FROM") ?? (MailMessage.isAddress(user) ? user : "health-monitor@\(hostName)")
        if !MailMessage.isAddress(from) { settings.refuse("SMTP_FROM", from, "an e-mail address") }
        channel["from"] = literal(from)
        return .object(channel)
    }

    /// The mail server: `SMTP_URL`, or `SMTP_HOST` and `SMTP_PORT`, otherwise this machine's own.
    private struct MailServer {
        var url = "smtp://localhost:25"
        var user: String?
        var password: String?
        var isLocal = false

        /// Nil if the server's address is invalid.
        init?(_ settings: inout Settings) {
            user = settings.value("SMTP_USER")
            password = settings.value("SMTP_PASSWORD")
            let port = settings.integer("SMTP_PORT", in: 1...65_535, default: 587)
            if let given = settings.value("SMTP_URL") {
                url = given
                do throws(Refusal) {
                    try takeUserInfo()
                } catch {
                    settings.report("\(error.reason); write a % itself as %25")
                    return nil
                }
            } else if let host = settings.value("SMTP_HOST") {
                url = "\(port == 465 ? "smtps" : "smtp")://\(host):\(port)"
            }
            let endpoint = try? Endpoint(url: url, schemes: ["smtp", "smtps"])
            isLocal = endpoint?.isLoopback ?? false
            if (user == nil) != (password == nil) {
                let (given, missing) =
                    password == nil ? ("SMTP_USER", "SMTP_PASSWORD") : ("SMTP_PASSWORD", "SMTP_USER")
                settings.report(
                    settings.value(given) != nil
                        ? "\(missing) is not set, but \(given) is: set both, or neither"
                        : "SMTP_URL has \(password == nil ? "a user, but no password" : "a password, but no user"): "
                            + "set \(missing), or give smtp://user:password@host")
            }
            guard endpoint == nil else { return }
            let variable = settings.value("SMTP_URL") == nil ? "SMTP_HOST" : "SMTP_URL"
            settings.refuse(variable, URLCredentials.hidden(url), "a mail server such as smtp://mail.example.org:587")
            return nil
        }

        /// `smtp://name:password@host`: a URL percent-encodes its name and password.
        private mutating func takeUserInfo() throws(Refusal) {
            guard let scheme = url.firstRange(of: "://") else { return }
            let rest = url[scheme.upperBound...]
            guard let at = rest.prefix(while: { $0 != "/" }).lastIndex(of: "@") else { return }
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Parameters.decode(parts[0].utf8, "the user in SMTP_URL", inQuery: false)
            let secret = try Parameters.decode(
                (parts.count == 2 ? parts[1] : "").utf8, "the password in SMTP_URL", inQuery: false)
            if !name.isEmpty { user = user ?? name }
            if !secret.isEmpty { password = password ?? secret }
            url = String(url[..<scheme.upperBound]) + rest[rest.index(after: at)...]
        }
    }

    private static var hostName: String {
        guard let text = MachineName.own else { return "localhost" }
        return MailMessage.isAddress("x@\(text)") ? text : "localhost"
    }

    // MARK: Entries

    /// A variable's text with each `$` escaped, so that it names no other variable.
    static func literal(_ text: String) -> JSONValue { .string(VariableText.literal(text)) }

    /// Whether the file itself names a variable there: then the entry is not added twice.
    static func names(_ variable: String, _ value: JSONValue?) -> Bool {
        value.map { VariableText.names(in: $0).contains(variable) } == true
    }

    static func append(_ values: [JSONValue], to key: String, of root: inout [String: JSONValue]) {
        guard !values.isEmpty else { return }
        switch root[key] {
        case nil, .null: root[key] = .array(values)
        case .array(let given): root[key] = .array(given + values)
        // Not a list: another finding reports that.
        default: break
        }
    }
}
