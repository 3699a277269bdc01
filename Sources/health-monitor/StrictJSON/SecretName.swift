/// Tells by its name whether a variable holds a secret. Pure.
enum SecretName {
    private static let words: Set<Substring> = ["token", "secret", "password", "pass", "key", "apikey", "dsn"]
    private static let names: Set<String> = ["lease_url", "database_url", "alert_webhook_url"]

    static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return names.contains(name) || name.split(separator: "_").contains(where: words.contains)
    }
}

/// The name and password within the URLs of a text, which nobody may read.
enum URLCredentials {
    /// The text with `[hidden]` in their place.
    static func hidden(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "@")) else { return text }
        // Up to the last @ of the word: a password may hold one.
        return text.replacing(/:\/\/[^\s"'<>]*@/, with: "://[hidden]@")
    }
}
