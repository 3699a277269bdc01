import KeepAliveKit
import KeepAlivePlatform

/// What a program that the monitor starts finds in its environment: the monitor's own, without what is the monitor's
/// business, and without secrets, which are no business of a restart script. The target's `environment` adds.
struct CommandEnvironment: Sendable, Equatable {
    /// The variables that the configuration names by `$NAME`.
    var withheld: Set<String> = []
    var added: [String: String] = [:]

    /// Settings of the monitor, and what only this process may use: a program that found NOTIFY_SOCKET could speak for it.
    private static let own: Set<String> = [
        "TWITCH_BOT_URL", "VLLM_URL", "LLAMA_CPP_PATH", "LLAMA_CPP_URL", "CHANNEL_ID", "CHANNEL_NAME", "USER_ID",
        "CHECK_INTERVAL", "LOG_LEVEL", "LOG_FORMAT", "LOG_FILE", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
        "CREDENTIALS_DIRECTORY", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES",
    ]
    private static let ownBeginnings = ["MONITOR_", "DISCORD_", "ALERT_", "SMTP_", "APPLICATIONINSIGHTS_"]

    func with(_ added: [String: String]) -> CommandEnvironment { CommandEnvironment(withheld: withheld, added: added) }

    /// Whether a variable of the monitor's goes along. Pure.
    func passes(_ name: String, _ value: String) -> Bool {
        // `NAME_FILE` stands for NAME (Docker's convention).
        let names = name.hasSuffix("_FILE") ? [name, String(name.dropLast("_FILE".count))] : [name]
        return !names.contains { withheld.contains($0) || Self.own.contains($0) }
            && !Self.ownBeginnings.contains { name.hasPrefix($0) }
            // The password of a URL too.
            && SecretNames.secrets(of: name, value: value).isEmpty && added[name] == nil
    }

    /// The list for exec(3). Bytes that are not UTF-8 go along unchanged.
    var entries: [[UInt8]] {
        RawEnvironment.entries(where: passes)
            + added.sorted { $0.key < $1.key }.map { Array("\($0.key)=\($0.value)".utf8) }
    }
}

extension ConfigurationSection {
    /// Variables of a program: an object of names and texts.
    func environmentVariables(_ key: String) -> [String: String] {
        guard let part = section(key), case .object(let values)? = value(key) else { return [:] }
        var variables: [String: String] = [:]
        for name in values.keys.sorted() {
            let isName =
                name.utf8.allSatisfy {
                    ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F
                }
                && name.utf8.first.map { $0 > 0x39 } == true
            let text = part.string(name)
            if !isName {
                part.refuse(name, "it is not a variable's name: give letters, digits and _")
            } else if text.utf8.contains(0) {
                part.refuse(name, "it holds a NUL character")
            } else {
                variables[name] = text
            }
        }
        return variables
    }
}
