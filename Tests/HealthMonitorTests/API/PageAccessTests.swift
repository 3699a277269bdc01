import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The page, its login, badges and events, through real sockets. Only `db` of the three services is public.
@Suite(.timeLimit(.minutes(1)))
struct PageAccessTests {
    private static let secrets = ["café/bot 1", "refused"]
    /// Texts that only a service's own page contains.
    private static let details = ["a script", "it &quot;answers&quot;"]

    private static func page(
        _ monitor: ServedMonitor, _ headers: [(String, String)] = []
    ) throws -> RawClient.Response {
        try ask(monitor, "GET", "/", [("Accept", "text/html,*/*;q=0.8")] + headers)
    }

    private static func ask(
        _ monitor: ServedMonitor, _ method: String, _ path: String, _ headers: [(String, String)] = [],
        body: String? = nil
    ) throws -> RawClient.Response {
        let client = try RawClient(port: monitor.port)
        defer { client.close() }
        var head = "\(method) \(path) HTTP/1.1\r\nHost: \(host(headers))\r\n"
        for (name, value) in headers where name != "Host" { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.utf8.count)\r\n" }
        try client.send(head + "\r\n" + (body ?? ""))
        return try client.readResponse()
    }

    private static func host(_ headers: [(String, String)]) -> String {
        headers.first { $0.0 == "Host" }?.1 ?? "localhost"
    }

    private static func logIn(_ monitor: ServedMonitor) throws -> (String, String) { ("Cookie", try monitor.logIn()) }

    /// A shared address shows what it asks for, without the script too. Whatever else it holds is ignored, and no text of
    /// it becomes part of the page.
    @Test(
        arguments: [
            ("", ["db", "café/bot 1", "new"]), ("?state=down", ["café/bot 1"]),
            ("?state=DOWN,unknown", ["café/bot 1", "new"]),
            ("?state=up&q=d", ["db"]), ("?q=CAF%C3%89", ["café/bot 1"]), ("?q=bot+1&state=down", ["café/bot 1"]),
            ("?state=up&q=bot", []), ("?state=nonsense", ["db", "café/bot 1", "new"]),
            ("?state=&q=", ["db", "café/bot 1", "new"]),
            ("?utm_source=mail&state=down&x", ["café/bot 1"]), ("?state=down&state=up", ["café/bot 1"]),
            ("?q=%3Cscript%3Ealert(1)%3C/script%3E", []), ("?q=%22%20autofocus%20onfocus=alert(1)%20x=%22", []),
            ("?state=%22%3E%3Cimg%20src=x%3E", ["db", "café/bot 1", "new"]),
            ("?q=%FF%00%zz&state=down", ["café/bot 1"]),
            ("?view=wall&utm_source=mail&state=down", ["café/bot 1"]),
        ])
    func anAddressIsFilteredByTheServer(query: String, shown: [String]) async throws {
        try await ServedMonitor.serve { monitor in
            let answer = try Self.ask(
                monitor, "GET", "/\(query)", [("Accept", "text/html"), ("X-API-Key", ServedMonitor.key)])
            #expect(answer.status == 200)
            let parsed = PageScene.parse(text: answer.text)
            #expect(parsed.error == nil)
            let rows = parsed.elements.filter { $0.name == "li" && $0.attributes["class"]?.hasPrefix("row ") == true }
            let visible = rows.filter { $0.attributes["hidden"] == nil }.compactMap { $0.attributes["id"] }
            let ids = ["db": "s0", "café/bot 1": "s1", "new": "s2"]
            #expect(Set(visible) == Set(shown.compactMap { ids[$0] }))
            #expect(rows.count == 3)
            for text in ["alert(1)", "onfocus", "<img", "utm_source"] { #expect(!answer.text.contains(text)) }
            #expect(answer.text.contains("class=\"wall\"") == query.contains("view=wall"))
            // A stranger learns of the public service only, whatever the address asks for.
            let strangers = try Self.ask(monitor, "GET", "/\(query)", [("Accept", "text/html")])
            for secret in Self.secrets { #expect(!strangers.text.contains(secret)) }
        }
    }

    @Test func browsersGetThePageAndProgramsJSON() async throws {
        try await ServedMonitor.serve { monitor in
            let answer = try Self.page(monitor)
            #expect(answer.status == 200)
            #expect(answer.headers["Content-Type"] == "text/html; charset=utf-8")
            let policy = try #require(answer.headers["Content-Security-Policy"])
            let nonce = try #require(policy.firstMatch(of: /'nonce-([0-9a-f]{32})'/)?.output.1)
            #expect(answer.text.contains("<script nonce=\"\(nonce)\">"))
            #expect(policy == FleetPage.policy(nonce: String(nonce)))
            #expect(answer.headers["X-Content-Type-Options"] == "nosniff")
            #expect(try Self.page(monitor).headers["Content-Security-Policy"] != policy, "a nonce is used once")
            for accept in ["*/*", "application/json", "text/html;q=0.5,application/json"] {
                #expect(try Self.ask(monitor, "GET", "/", [("Accept", accept)]).json()["bot"] == "health-monitor")
            }
        }
    }

    @Test func strangersSeeWhatIsPublic() async throws {
        try await ServedMonitor.serve { monitor in
            let html = try Self.page(monitor).text
            #expect(html.contains("<bdi>db</bdi>"))
            #expect(html.contains("The service is up"), "the state is that of what is shown")
            for secret in Self.secrets + Self.details { #expect(!html.contains(secret), "\(secret)") }
            #expect(html.contains("id=\"login\""))
            let full = try Self.page(monitor, [("X-API-Key", ServedMonitor.key)]).text
            for secret in Self.secrets { #expect(full.contains(secret), "\(secret)") }
            #expect(try Self.page(monitor, [("X-API-Key", "wrong")]).status == 401)
        }
    }

    @Test func aSessionOpensThePageAndTheAPI() async throws {
        try await ServedMonitor.serve { monitor in
            let session = try Self.logIn(monitor)
            let html = try Self.page(monitor, [session]).text
            for secret in Self.secrets { #expect(html.contains(secret), "\(secret)") }
            #expect(html.contains("action=\"logout\""))
            #expect(try Self.ask(monitor, "GET", "/api/health/status", [session]).status == 200)
            #expect(try Self.ask(monitor, "POST", "/api/health/test/db", [session]).status == 200)
            // The cookie of another monitor at a higher path comes along.
            let name = session.1.prefix { $0 != "=" }
            let both = ("Cookie", "\(name)=another; health_monitor_session_00000000=x; \(session.1)")
            #expect(try Self.page(monitor, [both]).text.contains("action=\"logout\""))
            #expect(try Self.ask(monitor, "GET", "/api/health/status", [both]).status == 200)
            let foreign = [("Origin", "https://elsewhere.example"), session]
            #expect(try Self.ask(monitor, "POST", "/api/health/test/db", foreign).status == 403)
            #expect(try Self.ask(monitor, "POST", "/logout", foreign).status == 403)
            let out = try Self.ask(monitor, "POST", "/logout", [both])
            #expect(out.status == 303)
            #expect(out.headers["Set-Cookie"]?.contains("Max-Age=0") == true)
            #expect(try Self.ask(monitor, "GET", "/api/health/status", [session]).status == 401)
            #expect(try !Self.page(monitor, [session]).text.contains("café"))
        }
    }

    @Test func theCookieIsForTheServerAlone() async throws {
        try await ServedMonitor.serve { monitor in
            let form = "key=\(ServedMonitor.key)"
            let plain = try #require(try Self.ask(monitor, "POST", "/login", body: form).headers["Set-Cookie"])
            #expect(
                plain.wholeMatch(
                    of: /health_monitor_session_[0-9a-f]{8}=[0-9a-f]{32}; Max-Age=43200; HttpOnly; SameSite=Strict/)
                    != nil)
            let proxied = try Self.ask(monitor, "POST", "/login", [("X-Forwarded-Proto", "https")], body: form)
            let secure = try #require(proxied.headers["Set-Cookie"])
            #expect(secure.hasSuffix("; Secure"))
            #expect(proxied.headers["Location"] == "./", "a proxy may serve it below another path")
            let chain = try Self.ask(monitor, "POST", "/login", [("X-Forwarded-Proto", "https, http")], body: form)
            #expect(chain.headers["Set-Cookie"]?.hasSuffix("; Secure") == true)
            #expect(plain.prefix(64) != secure.prefix(64))
        }
    }

    /// A browser keeps one cookie per name for all ports of a host, and sends all cookies to each port.
    @Test func twoMonitorsOnOneHostKeepTheirLoginsApart() async throws {
        let jar = EventLog<String>()
        @Sendable func visit(_ monitor: ServedMonitor) throws {
            let session = try Self.logIn(monitor).1
            let all = ("Cookie", (jar.elements + [session]).joined(separator: "; "))
            #expect(!jar.elements.contains { $0.prefix { $0 != "=" } == session.prefix { $0 != "=" } })
            #expect(try Self.ask(monitor, "GET", "/api/health/status", [all]).status == 200)
            let out = try Self.ask(monitor, "POST", "/logout", [all]).headers.values("Set-Cookie")
            #expect(out.count == 1 && out[0].hasPrefix(session.prefix { $0 != "=" }))
            jar.append(session)
        }
        for _ in 1...2 { try await ServedMonitor.serve(visit) }
    }

    @Test func wrongKeysAreRefusedAndSlowedDown() async throws {
        try await ServedMonitor.serve { monitor in
            let browser = [("Accept", "text/html")]
            let answer = try Self.ask(monitor, "POST", "/login", browser, body: "key=wrong")
            #expect(answer.status == 401)
            #expect(answer.text.contains("role=\"alert\">This is not an API key. Try again."))
            #expect(answer.headers["Set-Cookie"] == nil)
            #expect(try Self.ask(monitor, "POST", "/login", body: "").status == 401)
            #expect(try Self.ask(monitor, "POST", "/login", body: "key=a&key=b").status == 400)
            #expect(try Self.ask(monitor, "GET", "/login").headers["Allow"] == "POST")
            for _ in 0..<100 where try Self.ask(monitor, "POST", "/login", body: "key=wrong").status != 429 {}
            let late = try Self.ask(monitor, "POST", "/login", browser, body: "key=wrong")
            #expect(late.status == 429)
            #expect(late.headers["Retry-After"] == "1")
            _ = try Self.logIn(monitor)
        }
    }

    @Test(
        arguments: [
            ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "null"),
            ("Origin", "http://localhost.example"),
        ])
    func noOtherSiteLogsIn(field: String, value: String) async throws {
        try await ServedMonitor.serve { monitor throws in
            let form = "key=\(ServedMonitor.key)"
            #expect(try Self.ask(monitor, "POST", "/login", [(field, value)], body: form).status == 403)
            for own in [("Sec-Fetch-Site", "same-origin"), ("Origin", "http://localhost")] {
                #expect(try Self.ask(monitor, "POST", "/login", [own], body: form).status == 303)
            }
        }
    }

    /// Without a key nobody can log in, but the owner on this machine sees everything.
    @Test func withoutKeysTheOwnerSeesAll() async throws {
        try await ServedMonitor.serve(keys: []) { monitor in
            #expect(try Self.page(monitor).text.contains("café/bot 1"))
            for headers in [
                ("Host", "rebound.example"), ("X-Forwarded-For", "10.0.0.1"), ("Via", "1.1 proxy"),
                ("X-Real-IP", "10.0.0.1"), ("CF-Connecting-IP", "10.0.0.1"), ("X-Forwarded-Port", "80"),
                ("Sec-Fetch-Site", "cross-site"), ("Origin", "https://a.example"), ("Referer", "https://a.example/"),
            ] {
                let html = try Self.page(monitor, [headers]).text
                #expect(html.contains("<bdi>db</bdi>"))
                #expect(!html.contains("café"), "\(headers)")
                #expect(!html.contains("action=\"login\""))
            }
            #expect(try Self.ask(monitor, "POST", "/login", body: "key=").status == 401)
            // A person who follows a link from another site sees the page; an image in that site's page reveals
            // nothing.
            let led = [
                ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"),
            ]
            #expect(try Self.page(monitor, led).text.contains("café"))
            let badge = "/badge/caf%C3%A9%2Fbot%201.svg"
            #expect(try Self.ask(monitor, "GET", badge, [("Sec-Fetch-Site", "same-origin")]).status == 200)
            for foreign in [
                ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "null"),
                ("Referer", "http://localhost.example/"),
            ] {
                #expect(try Self.ask(monitor, "GET", badge, [foreign]).status == 404, "\(foreign)")
            }
        }
    }

    @Test func onePageIsOfOneService() async throws {
        try await ServedMonitor.serve { monitor in
            let (open, hidden) = (
                "/service?id=\(FleetService.id(of: "db"))", "/service?id=\(FleetService.id(of: "new"))"
            )
            let page = try Self.ask(monitor, "GET", open)
            #expect(page.headers["Content-Type"] == "text/html; charset=utf-8")
            #expect(page.text.contains("<title>db: up</title>"))
            for secret in Self.secrets + Self.details { #expect(!page.text.contains(secret), "\(secret)") }
            let refused = try Self.ask(monitor, "GET", hidden)
            #expect(refused.status == 404)
            #expect(try refused.json()["error"] == (try Self.ask(monitor, "GET", "/service?id=x").json()["error"]))
            let session = try Self.logIn(monitor)
            #expect(try Self.ask(monitor, "GET", hidden, [session]).text.contains("<title>new: unknown</title>"))
            let whole = try Self.ask(monitor, "GET", open, [session]).text
            for detail in Self.details { #expect(whole.contains(detail), "\(detail)") }
        }
    }

    @Test func aHistoryThatFailsLeavesThePage() async throws {
        try await ServedMonitor.serve(history: FakeHistory { $0.fails = true }) { monitor in
            let full = try Self.page(monitor, [("X-API-Key", ServedMonitor.key)])
            #expect(full.status == 200)
            #expect(full.text.contains("café/bot 1"))
            #expect(full.text.contains("The history cannot be read now: the disk is gone"))
            let open = try Self.page(monitor).text
            #expect(open.contains("The history cannot be read now</p>"))
        }
    }

    /// nginx forwards its upstream's name by default.
    @Test func behindAProxyThatRewritesHostTheLoginSaysWhatToSet() async throws {
        try await ServedMonitor.serve { monitor in
            let browser = [("Accept", "text/html"), ("Origin", "https://status.example.com")]
            let form = "key=\(ServedMonitor.key)"
            for path in ["/login", "/logout"] {
                let rewritten = try Self.ask(monitor, "POST", path, browser + [("Host", "127.0.0.1:8090")], body: form)
                #expect(rewritten.status == 403 && rewritten.headers["Set-Cookie"] == nil)
                #expect(rewritten.text.contains("proxy_set_header Host $host;"), "\(rewritten.text.prefix(200))")
            }
            let passed = try Self.ask(monitor, "POST", "/login", browser + [("Host", "status.example.com")], body: form)
            #expect(passed.status == 303)
            let told = browser + [("Host", "127.0.0.1:8090"), ("X-Forwarded-Host", "status.example.com")]
            #expect(try Self.ask(monitor, "POST", "/login", told, body: form).status == 303)
        }
    }

    /// A reload with another key ends the sessions once.
    @Test func aLoginWithANewKeyStays() async throws {
        try await ServedMonitor.serve { monitor in
            let before = try Self.logIn(monitor)
            monitor.server.configure(keys: ["a-new-key"], pushTokens: [])
            #expect(try Self.ask(monitor, "GET", "/api/health/status", [before]).status == 401)
            let answer = try Self.ask(monitor, "POST", "/login", body: "key=a-new-key")
            let cookie = try #require(answer.headers["Set-Cookie"]).prefix { $0 != ";" }
            for _ in 1...2 {
                let session = [("Cookie", String(cookie))]
                #expect(try Self.ask(monitor, "GET", "/api/health/status", session).status == 200)
            }
        }
    }
}
