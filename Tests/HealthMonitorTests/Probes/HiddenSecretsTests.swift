import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// A target's secrets stay out of its results and its address, which leave the monitor by pages, alerts and the API.
@Suite(.timeLimit(.minutes(1)))
struct HiddenSecretsTests {
    private static let token = "654321:AAH-watched-token-0123456789"
    private static let key = "service-token-0123456789"

    /// The first target of a configuration.
    private func target(_ keys: String, _ variables: [String: String] = [:]) throws -> Target {
        let text = "{targets: [{name: \"web\", \(keys)}]}"
        guard case .object(let root) = try JSONValue.readingJSON5(Array(text.utf8)).value else {
            throw CancellationError()
        }
        let configuration = try MonitorConfiguration(
            root, environment: ["BOT_TOKEN": Self.token, "SVC_TOKEN": Self.key].merging(variables) { $1 })
        return try #require(configuration.targets.first)
    }

    private func result(_ target: Target) async -> ProbeResult {
        let tools = ProbeTools(client: HTTPClient(), pushes: PushBoard())
        return await CheckRunner(tools: tools, connectivity: nil).check(target)
    }

    /// Next to such marks the sign that ends them is no Character of its own.
    @Test func noMarkShowsTheCredentialsOfAnAddress() {
        #expect(URLCredentials.hidden("at smtp://u:p\u{600}@\u{301}host") == "at smtp://[hidden]@\u{301}host")
    }

    @Test(arguments: [
        ("http", "url: \"http://127.0.0.1:8081/bot$BOT_TOKEN/getMe?x=1\"", "http://127.0.0.1:8081/bot[hidden]/getMe"),
        ("bot", "url: \"http://127.0.0.1:8081/bot$BOT_TOKEN/health\"", "http://127.0.0.1:8081/bot[hidden]/health"),
        ("bot", "url: \"http://127.0.0.1:8081\"", "http://127.0.0.1:8081/health"),
        ("heartbeat", "path: \"/run/${BOT_TOKEN}/beat\"", "/run/[hidden]/beat"),
        // The whole address is a secret: its host alone is shown.
        ("http", "url: \"$HOOK\"", "http://127.0.0.1:8082/[hidden]"),
        ("bot", "url: \"$HOOK\"", "http://127.0.0.1:8082/[hidden]"),
        ("http", "url: \"http://127.0.0.1:8081/health\"", "http://127.0.0.1:8081/health"),
    ])
    func anAddressShowsNoSecret(type: String, keys: String, address: String) throws {
        let target = try target("type: \"\(type)\", \(keys)", ["HOOK": "http://127.0.0.1:8082/hook/abcdefgh?a=1"])
        #expect(target.address == address)
    }

    /// Services may quote the key that they refuse, in every member that is shown.
    @Test(arguments: [
        #"{"error":"invalid token service-token-0123456789"}"#,
        #"{"message":"no literal-0123456789 for parameter-0123456789"}"#,
        #"{"status":"fail","output":"service-token-0123456789","checks":{"service-token-0123456789":[{"status":"fail","output":"service-token-0123456789"}]}}"#,
        // At the place where a text is cut.
        #"{"error":"\#(String(repeating: "x", count: 185))service-token-0123456789"}"#,
    ])
    func anAnswerShowsNoSecret(body: String) async throws {
        let server = try ScriptedServer(answering: { _ in ScriptedServer.answer(body, status: "401 Unauthorized") })
        let keys = """
            type: "http", retries: 0, url: "http://127.0.0.1:\(server.port)/x?api_key=parameter-0123456789",
            headers: {Authorization: "Bearer literal-0123456789", "X-Service": "one $SVC_TOKEN"}
            """
        let found = await result(try target(keys))
        #expect(found.status == .unhealthy)
        let shown = "\(found)"
        #expect(shown.contains("[hidden]"))
        for part in ["service-", "literal-", "parameter-", "0123456789"] { #expect(!shown.contains(part), "\(shown)") }
    }

    /// A service quotes what it was given, or what it has understood of it.
    @Test(arguments: ["pass%20word-0123456789", "pass word-0123456789", "key%2F0123456789", "key/0123456789"])
    func anAddressMayHoldSecrets(quoted: String) async throws {
        let server = try ScriptedServer(answering: { _ in
            ScriptedServer.answer(#"{"error":"wrong: \#(quoted)"}"#, status: "401 Unauthorized")
        })
        let url = "http://me:pass%20word-0123456789@127.0.0.1:\(server.port)/x?token=key%2F0123456789"
        let found = await result(try target("type: \"http\", retries: 0, url: \"\(url)\""))
        #expect(found.message.hasSuffix("wrong: [hidden]"), "\(found)")
        #expect(!"\(found)".contains("0123456789"), "\(found)")
    }

    /// What a test expects in the body is compared with the body, not with what is shown of it.
    @Test func anExpectedBodyMayHoldTheSecret() async throws {
        let server = try ScriptedServer(answering: { _ in ScriptedServer.answer(#"{"key":"service-token-0123456789"}"#)
        })
        let keys = """
            type: "http", retries: 0, url: "http://127.0.0.1:\(server.port)/", headers: {"X-Key": "$SVC_TOKEN"},
            expectBody: "service-token-0123456789"
            """
        #expect(await result(try target(keys)).status == .healthy)
    }
}
