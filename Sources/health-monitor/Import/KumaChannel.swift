import KeepAliveKit

/// A notification of Uptime Kuma as a channel of ours. Pure.
struct KumaChannel {
    let name: String
    let type: String
    let settings: LooseObject

    private var what: String { "notification \"\(name)\"" }

    /// What the settings of every type hold.
    private static let usual: Set<String> = [
        "name", "type", "isdefault", "applyexisting", "active", "id", "userid", "pagerdutyautoresolve",
    ]
    /// Values that mean the same as none.
    private static let defaults = [
        "telegramserverurl": "https://api.telegram.org", "webhookcontenttype": "json", "discordchanneltype": "channel",
        "pagerdutyintegrationurl": "https://events.pagerduty.com/v2/enqueue", "pagerdutypriority": "warning",
        "pushoverpriority": "0", "pushoversounds": "pushover",
    ]
    private static let reasons = [
        "smtpignoretlserror": "certificates are always verified; caFile names an authority",
        "smtpbcc": "a channel has no hidden recipients: add them to its list \"to\"",
        "customsubject": "the subject names the service, its state and its reason",
        "custombody": "the text names the service, its state and its reason",
        "smtpusername": "there is no password beside it, so mail is sent without a login",
        "discordprefixmessage": "mention takes the id of a user",
        "webhookadditionalheaders": "see the webhook's template in docs/health-monitor/channels.md",
        "webhookcustombody": "see the webhook's template in docs/health-monitor/channels.md",
    ]

    /// The channel without its name; nil if there is none, with each loss noted.
    func entry(in file: inout ImportedFile) -> ImportedFile.Entry? {
        guard let entry = channel(in: &file) else { return nil }
        file.loseRest(of: settings, what, reasons: Self.reasons) { key, value in
            Self.usual.contains(key) || Self.defaults[key].map { $0 == value.text } ?? false
        }
        return entry
    }

    private func channel(in file: inout ImportedFile) -> ImportedFile.Entry? {
        switch type.lowercased() {
        case "telegram":
            guard let token = settings.text("telegrambottoken"), let chat = settings.text("telegramchatid") else {
                break
            }
            return [
                ("type", .string("telegram")), ("token", file.secret(token, for: name, "token")),
                ("chatId", ImportedFile.literal(chat)),
            ] + api()
        case "slack":
            guard let url = settings.text("slackwebhookurl") else { break }
            return [("type", .string("slack")), ("url", file.secret(url, for: name, "url"))]
        case "discord":
            guard let url = settings.text("discordwebhookurl") else { break }
            return [("type", .string("discord-webhook")), ("url", file.secret(url, for: name, "url"))] + mention()
        case "webhook":
            guard let url = settings.text("webhookurl") else { break }
            return [("type", .string("webhook")), ("url", file.secret(url, for: name, "url"))]
        case "smtp": return mail(&file)
        case "pagerduty":
            guard let key = settings.text("pagerdutyintegrationkey") else { break }
            return [("type", .string("pagerduty")), ("routingKey", file.secret(key, for: name, "key"))]
        case "opsgenie":
            guard let key = settings.text("opsgenieapikey") else { break }
            let wanted = settings.text("opsgenieregion") ?? "us"
            let region = wanted == "eu" ? "eu" : "us"
            if wanted != region { file.lose(what, "its region \(wanted.limited(to: 40)): us and eu are there") }
            return [
                ("type", .string("opsgenie")), ("apiKey", file.secret(key, for: name, "key")),
                ("region", .string(region)),
            ]
        case "twilio":
            if let entry = ImportedChannel.twilio(
                account: settings.text("twilioaccountsid"), key: settings.text("twilioapikey"),
                token: settings.text("twilioauthtoken"), from: settings.text("twiliofromnumber"),
                to: settings.text("twiliotonumber"), name, in: &file)
            {
                return entry
            }
        case "ntfy":
            guard let topic = settings.text("ntfytopic") else { break }
            let server = settings.text("ntfyserverurl") ?? "https://ntfy.sh"
            return ImportedChannel.ntfy(
                server: Self.literal(server), topic: Self.literal(topic), priority: settings.text("ntfypriority"),
                login: login().map { file.secret($0, for: name, "authorization") })
        case "gotify":
            guard let server = settings.text("gotifyserverurl"), let token = settings.text("gotifyapplicationtoken")
            else { break }
            return ImportedChannel.gotify(
                server: Self.literal(server), token: file.secret(token, for: name, "token"),
                priority: settings.integer("gotifypriority") ?? 8)
        case "pushover":
            guard let token = settings.text("pushoverapptoken"), let user = settings.text("pushoveruserkey") else {
                break
            }
            return ImportedChannel.pushover(
                token: file.secret(token, for: name, "token"), user: file.secret(user, for: name, "user"))
        default:
            file.lose(
                what,
                "there is no channel of type \"\(type.prefix(40))\"; a webhook may reach it by its template, "
                    + "see docs/health-monitor/channels.md")
            return nil
        }
        file.lose(what, "its settings are incomplete")
        return nil
    }

    /// A part of a text in our file, where `$` begins a variable.
    private static func literal(_ text: String) -> String { ImportedFile.literal(text).text ?? text }

    /// What ntfy is sent for the chosen method: the fields of another one stay in the settings. An earlier version has
    /// no choice.
    private func login() -> String? {
        let method = settings.text("ntfyauthenticationmethod")
        if method ?? "accessToken" == "accessToken", let token = settings.text("ntfyaccesstoken") {
            return "Bearer \(token)"
        }
        guard method ?? "usernamePassword" == "usernamePassword", let password = settings.text("ntfypassword"),
            let user = settings.text("ntfyusername")
        else { return nil }
        return "Basic \("\(user):\(password)".base64)"
    }

    /// A Bot API server of one's own.
    private func api() -> ImportedFile.Entry {
        guard let url = settings.text("telegramserverurl"), url != Self.defaults["telegramserverurl"] else { return [] }
        return [("apiUrl", ImportedFile.literal(url))]
    }

    /// A prefix that does nothing but name a user.
    private func mention() -> ImportedFile.Entry {
        guard case .string(let text)? = settings.peek("discordprefixmessage"),
            let match = text.wholeMatch(of: /\s*<@!?(\d{17,20})>\s*/)
        else { return [] }
        settings.skip("discordprefixmessage")
        return [("mention", .string(String(match.1)))]
    }

    private func mail(_ file: inout ImportedFile) -> ImportedFile.Entry? {
        guard let host = settings.text("smtphost"), let from = settings.text("smtpfrom"),
            let to = settings.text("smtpto")
        else {
            file.lose(what, "its mail server, sender or recipient is missing")
            return nil
        }
        let isSecure = settings.flag("smtpsecure")
        let port = settings.integer("smtpport") ?? (isSecure ? 465 : 587)
        let address = from.firstMatch(of: /<([^<>]+)>/).map { String($0.1) } ?? from
        for text in [from, to, settings.text("smtpcc") ?? ""] where text.contains("<") {
            file.lose(what, "the names in \"\(text.limited(to: 60))\": mail has addresses only")
        }
        var entry: ImportedFile.Entry = [
            ("type", .string("email")),
            ("url", ImportedFile.literal("\(isSecure ? "smtps" : "smtp")://\(host):\(port)")),
            ("from", ImportedFile.literal(address)),
            ("to", .array((to + "," + (settings.text("smtpcc") ?? "")).split(separator: ",").compactMap(Self.address))),
        ]
        if let password = settings.text("smtppassword"), let user = settings.text("smtpusername") {
            entry += [
                ("username", ImportedFile.literal(user)), ("password", file.secret(password, for: name, "password")),
            ]
        } else if !isSecure {
            entry.append(("tls", .string("opportunistic")))
        }
        return entry
    }

    /// `a@example.com` of `A <a@example.com>`.
    private static func address(_ text: Substring) -> JSONValue? {
        let address = text.firstMatch(of: /<([^<>]+)>/).map { String($0.1) } ?? text.trimmingBlanks
        return address.isEmpty ? nil : ImportedFile.literal(address)
    }
}
