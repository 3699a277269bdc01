import KeepAliveKit
import Testing

@testable import KeepAliveCasinoBot

struct BotSettingsTests {
    static let token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawX"
    private static let least = ["BOT_TOKEN": token, "OWNER_USER_ID": "7"]

    private func read(
        _ changes: [String: String] = [:], options: [String] = []
    ) throws -> BotSettings {
        try BotSettings(options: try Options(options), variables: Self.least.merging(changes) { _, last in last })
    }

    private func findings(_ changes: [String: String]) -> [String] {
        do {
            _ = try read(changes)
            return []
        } catch {
            return (error as? KeepAliveError)?.findings ?? ["\(error)"]
        }
    }

    @Test func theDefaultsAreThoseOfTheContract() throws {
        let settings = try read()
        #expect(!settings.isDemo)
        #expect(settings.token == Self.token)
        #expect(settings.owner == 7)
        #expect(settings.admins.isEmpty)
        #expect(settings.cryptoPayToken == nil)
        #expect(settings.apiURL == "https://api.telegram.org")
        #expect(settings.databasePath == "casino.db")
        #expect(settings.externalURL == nil)
        #expect(settings.heartbeatInterval == .seconds(300))
        var defaults = Configuration()
        defaults.secrets = [Self.token]
        #expect(settings.keepAlive == defaults)
        #expect(settings.keepAlive.port == 8001 && settings.keepAlive.environment == "prod")
    }

    @Test func theDatabaseIsAServerIfItsAddressIsGiven() throws {
        #expect(try read().database == nil)
        let settings = try read(["DATABASE_URL": "postgres://casino:geheim77@db.example/ledger"])
        #expect(settings.database.map { "\($0)" } == "postgres://db.example:5432/ledger")
        #expect(settings.secrets.contains("postgres://casino:geheim77@db.example/ledger"))
        let wrong = findings(["DATABASE_URL": "mysql://casino:geheim77@db.example/ledger"])
        #expect(wrong.count == 1 && wrong[0].hasPrefix("DATABASE_URL (hidden) is not allowed: "), "\(wrong)")
        #expect(!wrong[0].contains("geheim77"))
    }

    /// Its answer is the sign of life, due well before the watchdog counts its absence.
    @Test(arguments: [
        ([:], 30), (["UNHEALTHY_AFTER_SEC": "20"], 10), (["WATCHDOG_STALL_SEC": "9"], 3),
        (["WATCHDOG_STALL_SEC": "1"], 0), (["UNHEALTHY_AFTER_SEC": "1"], 0),
        (["WATCHDOG_DISCONNECT_GRACE_SEC": "12"], 4),
    ])
    func aPollEndsBeforeSilenceIsHeldAgainstTheBot(changes: [String: String], seconds: Int) throws {
        #expect(try read(changes).pollTime == .seconds(seconds))
    }

    @Test func readsEachOfItsOwn() throws {
        let settings = try read([
            "ADMIN_USER_IDS": " 1, 2 ,3,", "CRYPTOBOT_API_TOKEN": "1:crypto", "DATABASE_PATH": "/x/y.db",
            "TELEGRAM_API_URL": "http://127.0.0.1:8081//", "RENDER_EXTERNAL_URL": "https://bot.example.com/a/",
            "HEARTBEAT_INTERVAL": "1.5", "RESTART_TOKEN": "let-me-in-at-once", "PORT": "0",
        ])
        #expect(settings.admins == [1, 2, 3])
        #expect(settings.cryptoPayToken == "1:crypto")
        #expect(settings.databasePath == "/x/y.db")
        #expect(settings.apiURL == "http://127.0.0.1:8081")
        #expect(settings.externalURL == "https://bot.example.com/a")
        #expect(settings.heartbeatInterval == .milliseconds(1500))
        #expect(settings.keepAlive.port == 0)
        #expect(Set(settings.secrets) == [Self.token, "1:crypto", "let-me-in-at-once"])
    }

    @Test(arguments: [
        "", "110201543", "110201543:", ":AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawX", "110201543:short",
        "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "\(token)Y", "11020154x:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawX",
        "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw!", "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDs:wX",
        "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaé", "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw@",
        "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw[", " \(token)", "\(token)\n",
        "١١:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawX",
    ])
    func refusesATokenThatIsNoneAndHidesIt(token: String) {
        let findings = findings(["BOT_TOKEN": token])
        #expect(findings.count == 1)
        #expect(findings.first?.hasPrefix("BOT_TOKEN ") == true)
        #expect(findings.first?.contains("@BotFather") == true)
        #expect(token.isEmpty || findings.first?.contains(token) == false)
    }

    @Test(arguments: [
        ("OWNER_USER_ID", "-5"), ("OWNER_USER_ID", "0"), ("OWNER_USER_ID", "@me"), ("OWNER_USER_ID", "٣"),
        ("OWNER_USER_ID", "9223372036854775808"), ("OWNER_USER_ID", "1,2"), ("OWNER_USER_ID", "+7"),
        ("ADMIN_USER_IDS", "1;2"), ("ADMIN_USER_IDS", "1,x"), ("ADMIN_USER_IDS", "1,-2"), ("ADMIN_USER_IDS", "1, ,2"),
        ("TELEGRAM_API_URL", "api.telegram.org"), ("TELEGRAM_API_URL", "ftp://x"), ("TELEGRAM_API_URL", "http://"),
        ("TELEGRAM_API_URL", "http:///x"), ("TELEGRAM_API_URL", "http://x?y"), ("TELEGRAM_API_URL", "http://x y"),
        ("TELEGRAM_API_URL", "http://x\u{7F}"), ("TELEGRAM_API_URL", "http://127.0.0.1:99999"),
        ("TELEGRAM_API_URL", "http://x:0"), ("TELEGRAM_API_URL", "http://256.1.1.1"),
        ("TELEGRAM_API_URL", "https://a..b/x"), ("RENDER_EXTERNAL_URL", "https://[::1"),
        ("RENDER_EXTERNAL_URL", "https://bot.example.com:https"),
        ("TELEGRAM_API_URL", "http://x#y"), ("TELEGRAM_API_URL", "http://ö.de"), ("RENDER_EXTERNAL_URL", "bot"),
        ("HEARTBEAT_INTERVAL", "0"), ("HEARTBEAT_INTERVAL", "-1"), ("HEARTBEAT_INTERVAL", "5m"),
        ("HEARTBEAT_INTERVAL", "1e3"), ("HEARTBEAT_INTERVAL", "nan"), ("HEARTBEAT_INTERVAL", "86401"),
        ("HEARTBEAT_INTERVAL", "0.9"), ("HEARTBEAT_INTERVAL", "1."), ("HEARTBEAT_INTERVAL", ".5"),
        ("HEARTBEAT_INTERVAL", "1.2.3"), ("HEARTBEAT_INTERVAL", "86400.5"),
        ("DEMO_MODE", "maybe"), ("PORT", "65536"), ("PORT", "http"), ("BOT_ENV", "production"),
        ("MAX_RESTARTS", "0"), ("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"), ("SHUTDOWN_TIMEOUT_SEC", "x"),
    ])
    func refusesWithNameAndValueAndWhatIsAllowed(name: String, value: String) {
        let findings = findings([name: value])
        #expect(findings.count == 1, "\(findings)")
        #expect(findings.first?.hasPrefix("\(name)=\"\(value)\" is not allowed: give ") == true, "\(findings)")
    }

    /// As every request checks it: a wrong one would be a network error that is retried without an end.
    @Test func anAddressIsRefusedWithTheReason() {
        #expect(
            findings(["TELEGRAM_API_URL": "http://127.0.0.1:99999"]) == [
                "TELEGRAM_API_URL=\"http://127.0.0.1:99999\" is not allowed: give an address such as "
                    + "https://bot.example.com (its port is not a number from 1 to 65535)"
            ])
    }

    @Test(arguments: ["http://bot_api:8081", "HTTPS://Bot.Example.com", "http://[::1]:8081", "http://u:p@127.0.0.1"])
    func addressesOfOwnServersAreTaken(url: String) throws {
        #expect(try read(["TELEGRAM_API_URL": url, "RENDER_EXTERNAL_URL": url]).apiURL == url)
    }

    @Test(arguments: [("1", 1), ("1.0", 1), ("007", 7), ("86400", 86_400)] as [(String, Int64)])
    func pingsItselfFromOnceASecondToOnceADay(text: String, seconds: Int64) throws {
        #expect(try read(["HEARTBEAT_INTERVAL": text]).heartbeatInterval == .seconds(seconds))
    }

    @Test(arguments: [(59, false), (60, false), (61, true)]) func aLongValueIsShownInPart(count: Int, isCut: Bool) {
        let value = String(repeating: "x", count: count)
        let shown = isCut ? String(repeating: "x", count: 60) + "…" : value
        #expect(findings(["OWNER_USER_ID": value]).first?.hasPrefix("OWNER_USER_ID=\"\(shown)\" is not") == true)
    }

    @Test func theCredentialsOfAnAddressAreNotShown() {
        let findings = findings(["TELEGRAM_API_URL": "ftp://ann:geheim@files.example/x"])
        #expect(findings.first?.hasPrefix("TELEGRAM_API_URL=\"[hidden]@files.example/x\" is not allowed") == true)
    }

    @Test(arguments: ["BOT_TOKEN", "OWNER_USER_ID"])
    func saysHowToGetWhatIsMissing(name: String) {
        let findings = findings([name: ""])
        #expect(findings.count == 1)
        #expect(findings.first?.hasPrefix("\(name) is not set: ") == true)
        #expect(findings.first?.contains("--demo") == true)
    }

    @Test func everyFindingComesAtOnce() {
        let findings = findings([
            "BOT_TOKEN": "", "OWNER_USER_ID": "x", "ADMIN_USER_IDS": "y", "PORT": "-1", "TELEGRAM_API_URL": "z",
        ])
        #expect(findings.count == 5, "\(findings)")
    }

    @Test(arguments: ["true", "1", "yes", "ON"])
    func demoNeedsNothing(value: String) throws {
        let settings = try read(["DEMO_MODE": value, "BOT_TOKEN": "", "OWNER_USER_ID": ""])
        #expect(settings.isDemo)
        #expect(settings.keepAlive.environment == "dev")
        #expect(settings.keepAlive.host == "localhost")
        #expect(settings.token.isEmpty && settings.owner == nil)
    }

    @Test func demoCanBeServedElsewhereWhenAsked() throws {
        let settings = try read(["DEMO_MODE": "true", "HOST": "0.0.0.0", "BOT_ENV": "stage"])
        #expect(settings.keepAlive.host == "0.0.0.0")
        #expect(settings.keepAlive.environment == "stage")
    }

    @Test func aFlagWinsOverItsVariable() throws {
        #expect(try read(["PORT": "2"], options: ["--port", "1"]).keepAlive.port == 1)
        #expect(try read(["PORT": "2", "DEMO_MODE": "false"], options: ["--demo"]).isDemo)
        #expect(try read(["PORT": ""]).keepAlive.port == 8001)
    }

    /// A `.env` with two swapped lines must not put the token into the log.
    @Test(arguments: ["OWNER_USER_ID", "ADMIN_USER_IDS", "TELEGRAM_API_URL", "PORT", "LOG_LEVEL"])
    func aSecretInTheWrongPlaceIsNotShown(name: String) {
        for secret in [
            "BOT_TOKEN": Self.token, "RESTART_TOKEN": "open-sesame-at-once", "CRYPTOBOT_API_TOKEN": "9:crypto",
        ] {
            let findings = findings([secret.key: secret.value, name: secret.value])
            #expect(findings.count == 1)
            #expect(findings.first?.contains(secret.value) == false, "\(findings)")
        }
    }
}
