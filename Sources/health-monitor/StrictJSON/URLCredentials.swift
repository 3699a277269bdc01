/// The name and password within the URLs of a text, which nobody may read.
enum URLCredentials {
    /// The text with `[hidden]` in their place.
    static func hidden(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "@")) else { return text }
        // Up to the last @ of the word: a password may hold one.
        return text.replacing(/:\/\/[^\s"'<>]*@/, with: "://[hidden]@")
    }
}
