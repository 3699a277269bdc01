import KeepAliveKit

/// A provider of Gatus' alerts as a channel of ours. Pure.
struct GatusChannel {
    let type: String
    let row: LooseObject

    /// The channel without its name; nil if there is none, with the loss noted.
    func entry(in file: inout ImportedFile) -> ImportedFile.Entry? {
        // The texts may hold ${NAME}, which means the same here.
        func value(_ key: String, _ words: String) -> JSONValue? {
            row.text(key).map { $0.contains("$") ? .string($0) : file.secret($0, for: type, words) }
        }
        switch type {
        case "slack":
            if let url = value("webhookurl", "url") { return [("type", .string("slack")), ("url", url)] }
        case "discord":
            if let url = value("webhookurl", "url") { return [("type", .string("discord-webhook")), ("url", url)] }
        case "telegram":
            if let token = value("token", "token"), let chat = row.text("id") {
                return [("type", .string("telegram")), ("token", token), ("chatId", .string(chat))]
            }
        case "pagerduty":
            if let key = value("integrationkey", "key") {
                return [("type", .string("pagerduty")), ("routingKey", key)]
            }
        case "email":
            guard let from = row.text("from"), let host = row.text("host"), let to = row.text("to") else { break }
            let port = row.integer("port") ?? 587
            var entry: ImportedFile.Entry = [
                ("type", .string("email")), ("url", .string("\(port == 465 ? "smtps" : "smtp")://\(host):\(port)")),
                ("from", .string(from)), ("to", .array(to.split(separator: ",").map { .string($0.trimmingBlanks) })),
            ]
            // Without a password the name stays unread, and is listed.
            if let password = value("password", "password") {
                entry += [("username", .string(row.text("username") ?? from)), ("password", password)]
            }
            return entry
        case "custom":
            guard let url = value("url", "url") else { break }
            file.lose(
                "alerting.custom",
                "its method, headers and body: see the webhook's template in docs/health-monitor/channels.md")
            row.skip("method", "headers", "body")
            return [("type", .string("webhook")), ("url", url)]
        case "opsgenie":
            if let key = value("apikey", "key") { return [("type", .string("opsgenie")), ("apiKey", key)] }
        case "twilio":
            if let entry = ImportedChannel.twilio(
                account: row.text("sid"), key: nil, token: row.text("token"), from: row.text("from"),
                to: row.text("to"), type, in: &file)
            {
                return entry
            }
        case "ntfy":
            guard let topic = row.text("topic") else { break }
            let login = row.text("token").map { token in
                token.contains("$")
                    ? JSONValue.string("Bearer \(token)") : file.secret("Bearer \(token)", for: type, "token")
            }
            return ImportedChannel.ntfy(
                server: row.text("url") ?? "https://ntfy.sh", topic: topic, priority: row.text("priority"), login: login
            )
        case "gotify":
            guard let server = row.text("serverurl"), let token = value("token", "token") else { break }
            return ImportedChannel.gotify(server: server, token: token, priority: row.integer("priority") ?? 5)
        case "pushover":
            guard let token = value("applicationtoken", "token"), let user = value("userkey", "user") else { break }
            return ImportedChannel.pushover(token: token, user: user)
        default:
            file.lose(
                "alerting.\(type)",
                "there is no channel of this type; a webhook may reach it by its template, "
                    + "see docs/health-monitor/channels.md")
            return nil
        }
        file.lose("alerting.\(type)", "its settings are incomplete")
        return nil
    }
}
