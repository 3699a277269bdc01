import Testing

@testable import KeepAliveKit

struct SecretNamesTests {
    @Test(arguments: [
        "BOT_TOKEN", "TOKEN", "RESTART_TOKEN", "my_secret", "AWS_SECRET_ACCESS_KEY", "DB_PASSWORD", "SMTP_PASS",
        "OPENAI_API_KEY", "APIKEY", "MY_APIKEY_2", "SENTRY_DSN", "Restart_Token", "LEASE_URL", "DATABASE_URL",
        "ALERT_WEBHOOK_URL", "PGPASSWORD", "_KEY", "KEY__",
    ])
    func secretNames(name: String) {
        #expect(SecretNames.isSecret(name))
        #expect(SecretNames.secrets(of: name, value: "hush-hush") == ["hush-hush"])
        #expect(SecretNames.shown(name, "hush-hush") == "[hidden]")
    }

    @Test(arguments: [
        "TOKENIZERS_PARALLELISM", "MAX_TOKENS", "KEYBOARD", "MONKEY", "PASSENGERS", "BYPASS", "COMPASS_URL", "PATH",
        "SECRETARY", "APIKEYS", "WEBHOOK_URL", "MY_DATABASE_URL", "DSNAME", "", "_", "LANG",
    ])
    func otherNames(name: String) {
        #expect(!SecretNames.isSecret(name))
        #expect(SecretNames.secrets(of: name, value: "hush-hush").isEmpty)
        #expect(SecretNames.shown(name, "hush-hush") == "hush-hush")
    }

    @Test(arguments: [
        "false", "True", "YES", "off", "none", "null", "default", "test", "production", "name", "user",
        "0", "1200", "1234567", "-1", "0.25", "+7", "",
    ])
    func ordinaryValues(value: String) {
        #expect(!SecretNames.isSecret("SOME_KEY", value: value))
        #expect(SecretNames.secrets(of: "SOME_KEY", value: value).isEmpty)
    }

    @Test(arguments: [
        "12345678", "1234-567", "1.2.3", "hunter2", "truefalse", "Tr0ub4dor&3", "é", "12 34", "123456a", "test-1",
    ])
    func valuesThatAreSecrets(value: String) {
        #expect(SecretNames.secrets(of: "SOME_KEY", value: value) == [value])
    }

    /// The error for an unreadable secret file must name its path.
    @Test func aFileOfASecretIsNone() {
        #expect(!SecretNames.isSecret("BOT_TOKEN_FILE", value: "/run/secrets/token"))
        #expect(!SecretNames.isSecret("BOT_TOKEN_FILE", value: "missing"))
        #expect(!SecretNames.isSecret("BOT_TOKEN_FILE", value: "bot-token.txt"))
        #expect(SecretNames.isSecret("BOT_TOKEN_FILE", value: "123456789:hush-hush"))
        #expect(SecretNames.isSecret("BOT_TOKEN_FILE", value: "hush:hush"))
        #expect(SecretNames.isSecret("API_KEY_FILE", value: "hu5h-hush"))
        #expect(SecretNames.isSecret("API_KEY_FILE", value: "https://host/hush-hush"))
    }

    @Test(
        arguments: [
            ("http://joe:pa55word@proxy:3128", ["joe:pa55word", "pa55word"]),
            ("postgres://joe:p%40ss%2f@db/x", ["joe:p%40ss%2f", "p%40ss%2f", "p@ss/"]),
            ("socks5h://joe:a@b:c@host", ["joe:a@b:c", "a@b:c"]), ("redis://:pa55word@host/0", ["pa55word"]),
            ("https://0123456789abcdef@sentry.example/1", ["0123456789abcdef"]), ("http://joe:test@host", ["joe:test"]),
            ("http://joe:@host", []), ("git+ssh://git@host/x", []), ("postgres://casino@db/x", []),
            ("http://host/a@b:c", []), ("http://host?x=a:b@c", []), ("://a:bcdef@c", []), ("a:bcdef@c", []),
            ("not a url ://joe:pa55word@x", []), ("http://", []), ("http://@host", []),
            // Next to such marks a sign is no Character of its own.
            ("http://joe:\u{301}pa55word\u{600}@host", ["joe:\u{301}pa55word\u{600}", "\u{301}pa55word\u{600}"]),
            ("http://\u{301}joe:pa55word@\u{301}host", ["\u{301}joe:pa55word", "pa55word"]),
            // A user without a password that looks like a key: eight characters, a digit among them.
            ("https://a123456@host", []), ("https://a1234567@host", ["a1234567"]), ("https://registry@host", []),
            ("http://joe:100%@host", ["joe:100%", "100%"]), ("http://joe:1%4@host", ["joe:1%4", "1%4"]),
        ] as [(String, [String])])
    func userInfo(url: String, secrets: [String]) {
        #expect(SecretNames.secrets(of: "PROXY", value: url) == secrets)
    }

    @Test func everythingOfAnEnvironment() {
        let secrets = SecretNames.secrets(in: [
            "BOT_TOKEN": "1:abcdefgh", "DATABASE_URL": "postgres://joe:pa55word@db/x", "LANG": "C",
            "MAX_TOKENS": "1200",
        ])
        #expect(
            Set(secrets) == ["1:abcdefgh", "postgres://joe:pa55word@db/x", "joe:pa55word", "pa55word"])
    }
}
