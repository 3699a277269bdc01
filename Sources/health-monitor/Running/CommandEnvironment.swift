import KeepAliveKit
import KeepAlivePlatform

/// The environment of programs that the monitor starts: its own, without the monitor's settings, and without secrets,
/// which restart scripts do not need. The target's `environment` adds to it.
struct CommandEnvironment: Sendable, Equatable {
    /// The variables that the configuration names by `$NAME`.
    var withheld: Set<String> = []
    var added: [String: String] = [:]

    /// The monitor's settings and private variables: a program with NOTIFY_SOCKET could notify systemd in its name.
    private static let own: Set<String> = [
        "TWITCH_BOT_URL", "VLLM_URL", "LLAMA_CPP_PATH", "LLAMA_CPP_URL", "CHANNEL_ID", "CHANNEL_NAME", "USER_ID",
        "CHECK_INTERVAL", "LOG_LEVEL", "LOG_FORMAT", "LOG_FILE", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
        "CREDENTIALS_DIRECTORY", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES",
    ]
    private static let ownBeginnings = ["MONITOR_", "DISCORD_", "ALERT_", "SMTP_", "APPLICATIONINSIGHTS_"]

    func with(_ added: [String: String]) -> CommandEnvironment { CommandEnvironment(withheld: withheld, added: added) }

    /// Whether a variable of the monitor is passed on. Pure.
    func passes(_ name: String, _ value: String) -> Bool {
        // `NAME_FILE` means a file with the value of NAME (Docker's convention).
        let names = name.hasSuffix("_FILE") ? [name, String(name.dropLast("_FILE".count))] : [name]
        return !names.contains { withheld.contains($0) || Self.own.contains($0) }
            && !Self.ownBeginnings.contains { name.hasPrefix($0) }
            // Also checks for passwords in URLs.
            && SecretNames.secrets(of: name, value: value).isEmpty && added[name] == nil
    }

    /// The list for exec(3). Bytes that are not UTF-8 pass unchanged.
    var entries: [[UInt8]] {
        RawEnvironment.entries(where: passes)
            + added.sorted { $0.key < $1.key }.map { Array("\($0.key)=\($0.value)".utf8) }
    }
}

extension ConfigurationSection {
    /// A program's variables: an object of names and texts.
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
