import KeepAliveKit

/// The channels that both programs know, without their names. Pure.
enum ImportedChannel {
    /// Nil if something is missing, or would be refused.
    static func twilio(
        account: String?, key: String?, token: String?, from: String?, to: String?, _ name: String,
        in file: inout ImportedFile
    ) -> ImportedFile.Entry? {
        guard let account, let token, let from, let to, account.hasPrefix("AC") || account.hasPrefix("$"),
            to.wholeMatch(of: /\+\d{2,15}|\$.*/) != nil
        else { return nil }
        func secret(_ value: String, _ words: String) -> JSONValue {
            value.contains("$") ? .string(value) : file.secret(value, for: name, words)
        }
        var entry: ImportedFile.Entry = [("type", .string("twilio")), ("accountSid", .string(account))]
        if let key {
            entry += [("apiKey", secret(key, "key")), ("apiSecret", secret(token, "secret"))]
        } else {
            entry.append(("authToken", secret(token, "token")))
        }
        return entry + [("from", .string(from)), ("to", .string(to))]
    }

    static func ntfy(server: String, topic: String, priority: String?, login: JSONValue?) -> ImportedFile.Entry {
        var headers: [String: JSONValue] = ["Title": "{{title}}", "Priority": .string(priority ?? "high")]
        headers["Authorization"] = login
        return webhook("\(trimmed(server))/\(topic)", ["headers": .object(headers), "body": "{{text}}"])
    }

    static func gotify(server: String, token: JSONValue, priority: Int) -> ImportedFile.Entry {
        webhook(
            "\(trimmed(server))/message",
            [
                "headers": .object(["X-Gotify-Key": token]),
                "body": .object([
                    "title": "{{title}}", "message": "{{text}}", "priority": .integer(Int64(priority)),
                ]),
            ])
    }

    static func pushover(token: JSONValue, user: JSONValue) -> ImportedFile.Entry {
        webhook(
            "https://api.pushover.net/1/messages.json",
            [
                "body": .object([
                    "token": token, "user": user, "title": "{{title}}", "message": "{{text}}", "priority": .integer(1),
                ])
            ])
    }

    private static func webhook(_ url: String, _ template: [String: JSONValue]) -> ImportedFile.Entry {
        [("type", .string("webhook")), ("url", .string(url)), ("template", .object(template))]
    }

    private static func trimmed(_ server: String) -> String {
        server.hasSuffix("/") ? String(server.dropLast()) : server
    }
}
