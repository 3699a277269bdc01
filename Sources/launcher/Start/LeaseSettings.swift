import KeepAliveKit
import KeepAliveLease
import KeepAlivePlatform

/// The lease that a bot needs on this machine; there is none without `LEASE_URL`.
struct LeaseSettings: Equatable {
    /// The address of PostgreSQL, with its password.
    let url: String
    let name: String
    /// What the lease protects: a Telegram bot's number, whatever the lease's name; else the name.
    let resource: String
    let timeToLive: Duration

    /// Whether nothing but the name tells it from another bot's.
    var isNamedByBot: Bool { resource == "name:\(name)" }

    /// Reads the variables; errors go to the settings.
    ///
    /// - Parameters:
    ///   - bot: the bot's path, whose file name is the lease's default name.
    ///   - isDemo: a demo uses no token.
    init?(bot: String, isDemo: Bool, settings: inout Settings) {
        let timeToLive = settings.seconds("LEASE_TTL_SEC", in: 5...3600, default: .seconds(30))
        var name = Self.name(of: bot)
        if let given = settings.value("LEASE_NAME") {
            if !Self.isName(given) {
                settings.refuse(
                    "LEASE_NAME", given, "1 to 63 of the characters A-Z, a-z, 0-9, dot, underscore and hyphen")
            }
            name = given
        }
        guard let url = settings.value("LEASE_URL") else { return nil }
        if !url.hasPrefix("postgres://"), !url.hasPrefix("postgresql://") {
            // The value itself may be a password.
            settings.report("LEASE_URL (hidden) is not allowed: give postgres://user:password@host/database")
        }
        #if !os(Linux)
            settings.report("LEASE_URL needs Linux: unset it on this machine")
        #endif
        self.url = url
        self.name = name
        self.timeToLive = timeToLive
        let number = settings.value("BOT_TOKEN")?.prefix { $0 != ":" } ?? ""
        let isNumber = !number.isEmpty && number.utf8.allSatisfy { (0x30...0x39).contains($0) }
        resource = isNumber && !isDemo ? "telegram:\(number)" : "name:\(name)"
    }

    /// The default name: the bot's file name, with `-` for other characters.
    static func name(of bot: String) -> String {
        let file = bot.split(separator: "/").last ?? "bot"
        return String(String(file.unicodeScalars.map { isPart($0) ? Character($0) : "-" }).prefix(63))
    }

    private static func isName(_ text: String) -> Bool {
        (1...63).contains(text.unicodeScalars.count) && text.unicodeScalars.allSatisfy(isPart)
    }

    private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "._-".unicodeScalars.contains(scalar))
    }

    // MARK: lease-keeper

    /// The program beside this one.
    static var keeperPath: String { "\(FileSystem.parent(of: LauncherSettings.ownPath))/lease-keeper" }

    /// Why lease-keeper cannot be started, with a remedy.
    static var trouble: String? {
        FileSystem.isExecutable(keeperPath)
            ? nil : "LEASE_URL needs \(keeperPath), which cannot be executed: install it beside the launcher"
    }

    /// What lease-keeper gets of the environment: what libpq reads, and nothing of the bot's.
    ///
    /// - Parameter environment: the bot's.
    static func keeperEnvironment(from environment: [String: String]) -> [String: String] {
        let names: Set = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"]
        return environment.filter { names.contains($0.key) || $0.key.hasPrefix("PG") || $0.key.hasPrefix("LD_") }
    }
}
