import Foundation
import KeepAliveTestSupport
import Testing

/// No output contains a secret, whatever fails.
@Suite(.timeLimit(.minutes(2)))
struct SecretsTests {
    private let telegram: FakeTelegram
    private let secrets: [String: String]

    init() throws {
        telegram = try FakeTelegram()
        secrets = [
            "BOT_TOKEN": telegram.token, "RESTART_TOKEN": #"op"en\s3same/%-and-more"#,
            "CRYPTOBOT_API_TOKEN": "98765:AAcryptoPaySecret",
        ]
    }

    private func expectNone(in text: String, _ place: String) {
        for (name, secret) in secrets {
            // Also in the spelling of a URL, JSON or a quoting shell, and the secret half of a token alone.
            let half = secret.split(separator: ":").last.map(String.init) ?? secret
            let quoted = secret.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            for spelling in [secret, half, quoted, secret.replacing(":", with: "%3A")] {
                #expect(!text.contains(spelling), "\(name) in \(place)")
            }
        }
    }

    @Test(arguments: ["text", "json"])
    func throughFailuresOfEveryKind(format: String) async throws {
        let proxy = try HTTPListener(status: 407)
        let variables = secrets.merging([
            "LOG_LEVEL": "debug", "LOG_FILE": "bot.log", "LOG_FORMAT": format,
            "RENDER_EXTERNAL_URL": "http://127.0.0.1:1",
            "HEARTBEAT_INTERVAL": "1", "https_proxy": proxy.url, "HTTPS_PROXY": proxy.url,
        ]) { $1 }
        let token = telegram.token
        let faults: [Fault] = [
            .status(500, description: "cannot handle /bot\(token)/getUpdates"), .reset, .close, .truncatedJSON,
            .malformedJSON,
            .badGateway, .page(status: 403, contentType: "text/html", body: Array("<a href='/bot\(token)/'>".utf8)),
            .tooManyRequests(retryAfter: 0), .status(400, description: "bad token \(token)"),
            .status(409, description: "Conflict: \(token)"),
        ]
        for fault in faults { telegram.script(fault, for: "getUpdates") }
        for fault in faults { telegram.script(fault, for: "sendMessage") }
        telegram.scriptForever(.status(500, description: token), for: "getMe")
        let bot = try CasinoProcess(telegram, variables)
        try await bot.health("unhealthy") { $0["reasons"]?.array?.isEmpty == false }
        expectNone(in: try await bot.get("/health").text, "/health")
        telegram.clearFaults("getMe")
        telegram.enqueue(message: "/health", from: 1)
        try await telegram.waitForSent { $0.chatID == 1 }
        expectNone(in: telegram.sent.map(\.text).joined(), "the chat")

        telegram.scriptForever(.status(500, description: "/bot\(token)/getUpdates"), for: "getUpdates")
        telegram.disconnectAll()
        try await bot.health("degraded") { $0["checks"]?["telegram"]?["error"]?.string?.contains("[hidden]") == true }
        _ = try await proxy.waitForRequest()
        #expect(
            try await bot.get("/restart", headers: ["Authorization": "Bearer \(secrets["RESTART_TOKEN"] ?? "")x"])
                .status == 401)
        for path in ["/health", "/", "/readyz", "/livez", "/ping", "/restart", "/metrics", "/bot\(token)/getMe"] {
            for accept in ["application/json", "text/html", "application/health+json"] {
                let answer = try await bot.get(path, headers: ["Accept": accept])
                expectNone(in: answer.text, "\(path) for \(accept)")
                expectNone(in: answer.headers.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n"), path)
            }
        }
        #if os(Linux)
            for file in ["cmdline", "comm"] {
                expectNone(in: try Self.read("/proc/\(bot.child.processID)/\(file)"), file)
            }
        #endif
        telegram.scriptForever(.status(401, description: "Unauthorized: \(token)"), for: "getMe")
        #expect(
            try await bot.get("/restart", headers: ["Authorization": "Bearer \(secrets["RESTART_TOKEN"] ?? "")"]).status
                == 202)
        #expect(await bot.child.wait() == .exited(78))
        let log = try Self.read(bot.folder.file("bot.log").path)
        #expect(log.contains("[hidden]") && log.contains("Telegram rejects the token"))
        expectNone(in: log, "the log file")
        expectNone(in: bot.output, "the output")
    }

    @Test(arguments: [
        ["BOT_TOKEN": "half:a-token-of-the-wrong-kind"], ["RESTART_TOKEN": "with a space"], ["PORT": "x"],
        ["OWNER_USER_ID": "x", "DATABASE_PATH": "/nowhere/at/all.db"], ["DATABASE_PATH": "/nowhere/at/all.db"],
        ["HOST": "192.0.2.1"], ["LOG_FILE": "/nowhere/at/all.log"],
    ])
    func inWhatIsWrongAtTheStart(changes: [String: String]) async throws {
        let bot = try CasinoProcess(telegram, secrets.merging(changes) { $1 })
        #expect(await bot.child.wait() == .exited(78))
        expectNone(in: bot.output, "the output")
        for name in ["BOT_TOKEN", "RESTART_TOKEN"] {
            if let wrong = changes[name] { #expect(!bot.output.contains(wrong)) }
        }
    }

    @Test(arguments: ["OWNER_USER_ID", "PORT", "TELEGRAM_API_URL", "LOG_FILE", "HOST", "DATABASE_PATH"])
    func inAnotherVariablesPlace(name: String) async throws {
        let value = name == "DATABASE_PATH" || name == "LOG_FILE" ? "/nowhere/\(telegram.token)" : telegram.token
        let bot = try CasinoProcess(telegram, secrets.merging([name: value]) { $1 })
        #expect(await bot.child.wait() == .exited(78))
        expectNone(in: bot.output, "the output")
    }

    private static func read(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }
}
