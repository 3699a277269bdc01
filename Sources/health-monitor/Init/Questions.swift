import KeepAliveCurl

/// The questions for a person at a terminal. The end of the input answers all further questions like Enter.
struct Questions {
    /// Shows a question and reads the answer; nil at the end of the input.
    let ask: (String) -> String?
    let say: (String) -> Void
    /// The value of `$NAME` in an answer.
    let variable: (String) -> String?

    /// Each kind of channel, with the keys it needs.
    private static let channels:
        [(word: String, type: String, keys: [(key: String, question: String, usual: String?)])] =
            [
                ("telegram", "telegram", [("token", "Token of the bot that sends", nil), ("chatId", "Chat id", nil)]),
                ("discord", "discord-webhook", [("url", "Webhook URL", nil)]),
                ("slack", "slack", [("url", "Webhook URL", nil)]),
                (
                    "email", "email",
                    [
                        ("to", "Send to", nil), ("from", "Sender", nil),
                        ("url", "Mail server", "smtp://localhost:25"),
                        ("username", "User name there, if it asks for one", ""),
                        ("password", "Password there", ""),
                    ]
                ),
                ("webhook", "webhook", [("url", "URL", nil)]),
            ]

    /// The ports to search for bots.
    func ports(usual: ClosedRange<Int>) -> ClosedRange<Int> {
        let shown = usual.count == 1 ? "\(usual.lowerBound)" : "\(usual.lowerBound)-\(usual.upperBound)"
        return value("Ports to look for bots on", shown, "give a port or a range of at most 100, such as 8001-8003") {
            let ends = $0.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0).map(Int.init) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first > 0,
                first <= last, last - first < 100
            else { return nil }
            return first...last
        } ?? usual
    }

    /// The port of the API and the status page.
    func apiPort(usual: Int) -> Int {
        value("Port of the API and the status page", "\(usual)", "give a number from 0 to 65535") {
            UInt16($0).map(Int.init)
        } ?? usual
    }

    /// The keys of a usable channel; empty if the person wants none.
    func channel() -> [(key: String, value: String)] {
        let words = Self.channels.map(\.word)
        let chosen = value("Send alerts to \(words.joined(separator: ", ")) or none", "none", "give one of these words")
        {
            word in word == "none" ? "none" : words.first { $0 == word.lowercased() }
        }
        guard let kind = Self.channels.first(where: { $0.word == chosen }) else { return [] }
        while true {
            var members = [(key: "type", value: kind.type)]
            for (key, question, usual) in kind.keys {
                if key == "password", !members.contains(where: { $0.key == "username" }) { continue }
                let usualWords = usual.map { $0.isEmpty ? "" : " [\($0)]" } ?? ""
                guard let answer = ask("\(question)\(usualWords): ") else {
                    say("The channel is left out.")
                    return []
                }
                let text = answer.isEmpty ? usual ?? "" : answer
                if !text.isEmpty || usual == nil { members.append((key, text)) }
            }
            // Mail to this machine needs no certificate.
            if let url = members.first(where: { $0.key == "url" })?.value, kind.type == "email",
                !members.contains(where: { $0.key == "username" }),
                (try? Endpoint(url: url, schemes: ["smtp", "smtps"]))?.isLoopback == true
            {
                members.append(("tls", "opportunistic"))
            }
            let findings = self.findings(in: members)
            if findings.isEmpty { return members }
            for finding in findings { say("  \(finding)") }
            say("Please answer again; Ctrl-D leaves the channel out.")
        }
    }

    /// The errors of a channel, by the rules of the file.
    private func findings(in members: [(key: String, value: String)]) -> [String] {
        let values = members.map { ($0.key, JSONValue.string($0.value)) }
        let names = values.reduce(into: Set<String>()) { $0.formUnion(VariableText.names(in: $1.1)) }
        let environment = names.compactMap { name in variable(name).map { (name, $0) } }
        let section = ConfigurationSection(
            Dictionary(values, uniquingKeysWith: { $1 }),
            environment: Dictionary(environment, uniquingKeysWith: { $1 }))
        _ = makeChannel(reading: section)
        return section.findings.all
    }

    /// Asks until an answer is usable; nil at the end of the input.
    private func value<Value>(
        _ question: String, _ usual: String, _ allowed: String, _ read: (String) -> Value?
    ) -> Value? {
        while let answer = ask("\(question) [\(usual)]: ") {
            if let value = read(answer.isEmpty ? usual : answer) { return value }
            say("  \"\(answer.prefix(60))\" is not allowed: \(allowed)")
        }
        return nil
    }
}
