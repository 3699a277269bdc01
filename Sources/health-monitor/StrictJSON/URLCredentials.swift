/// The name and password within the URLs of a text, which are secret.
enum URLCredentials {
    /// The text with `[hidden]` instead of them.
    static func hidden(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "@")) else { return text }
        // Up to the last @ of the word, because a password may contain one.
        return text.replacing(/:\/\/[^\s"'<>]*@/.matchingSemantics(.unicodeScalar), with: "://[hidden]@")
    }
}
