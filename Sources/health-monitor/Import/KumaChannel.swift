/// A notification of Uptime Kuma as a channel of ours. Pure.
struct KumaChannel {
    let name: String
    let type: String
    let settings: LooseObject

    /// The channel without its name; nil if there is none, with the loss noted.
    func entry(in file: inout ImportedFile) -> ImportedFile.Entry? {
        switch type.lowercased() {
        case "telegram":
            guard let token = settings.text("telegrambottoken"), let chat = settings.text("telegramchatid") else {
                break
            }
            return [
                ("type", .string("telegram")), ("token", file.secret(token, for: name, "token")),
                ("chatId", .string(chat)),
            ]
        case "slack":
            guard let url = settings.text("slackwebhookurl") else { break }
            return [("type", .string("slack")), ("url", file.secret(url, for: name, "url"))]
        case "discord":
            guard let url = settings.text("discordwebhookurl") else { break }
            return [("type", .string("discord-webhook")), ("url", file.secret(url, for: name, "url"))]
        case "webhook":
            guard let url = settings.text("webhookurl") else { break }
            if settings.text("webhookadditionalheaders") != nil || settings.text("webhookcustombody") != nil {
                file.lose(
                    "notification \"\(name)\"",
                    "its own headers or body: see the webhook's template in docs/health-monitor/channels.md")
            }
            return [("type", .string("webhook")), ("url", file.secret(url, for: name, "url"))]
        case "smtp": return mail(&file)
        case "pagerduty":
            guard let key = settings.text("pagerdutyintegrationkey") else { break }
            return [("type", .string("pagerduty")), ("routingKey", file.secret(key, for: name, "key"))]
        default:
            file.lose(
                "notification \"\(name)\"",
                "there is no channel of type \"\(type.prefix(40))\"; a webhook with a template may reach it")
            return nil
        }
        file.lose("notification \"\(name)\"", "its settings are incomplete")
        return nil
    }

    private func mail(_ file: inout ImportedFile) -> ImportedFile.Entry? {
        guard let host = settings.text("smtphost"), let from = settings.text("smtpfrom"),
            let to = settings.text("smtpto")
        else {
            file.lose("notification \"\(name)\"", "its mail server, sender or recipient is missing")
            return nil
        }
        let isSecure = settings.flag("smtpsecure")
        let port = settings.integer("smtpport") ?? (isSecure ? 465 : 587)
        let address = from.firstMatch(of: /<([^<>]+)>/).map { String($0.1) } ?? from
        var entry: ImportedFile.Entry = [
            ("type", .string("email")),
            ("url", ImportedFile.literal("\(isSecure ? "smtps" : "smtp")://\(host):\(port)")),
            ("from", ImportedFile.literal(address)),
            ("to", .array(to.split(separator: ",").map { ImportedFile.literal($0.trimmingBlanks) })),
        ]
        if let user = settings.text("smtpusername"), let password = settings.text("smtppassword") {
            entry += [
                ("username", ImportedFile.literal(user)), ("password", file.secret(password, for: name, "password")),
            ]
        } else if !isSecure {
            entry.append(("tls", .string("opportunistic")))
        }
        return entry
    }
}
