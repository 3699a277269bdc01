import TestSupport
import Testing

@testable import KeepAliveKit

@Suite(.timeLimit(.minutes(1)))
struct StatusPageTests {
    static let hostile = "</title><script>alert(\"1\")</script><img src=x onerror='alert(2)'>&amp;"

    private func page(name: String = hostile, health: HealthMonitor = HealthMonitor()) throws -> RawClient.Response {
        try ServedBot.serve(name: name, version: "<b>", health: health) { port in
            try ServedBot.ask("GET", "/", port: port, headers: ["Accept": "text/html,*/*;q=0.8"])
        }
    }

    @Test func browsersGetAPage() throws {
        let answer = try page()
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Type"] == "text/html; charset=utf-8")
        #expect(answer.headers["Cache-Control"] == "no-store")
        #expect(answer.headers["X-Content-Type-Options"] == "nosniff")
        #expect(answer.headers["Content-Length"] == "\(answer.body.count)")
        #expect(answer.text.hasPrefix("<!doctype html>"))
        #expect(answer.text.contains("healthy"))
    }

    @Test func aHostileNameIsText() throws {
        let text = try page().text
        #expect(!text.contains("<script>alert"))
        #expect(!text.contains("<img"))
        #expect(!text.contains("<b>"))
        #expect(text.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"))
        #expect(text.contains("&amp;amp;"))
    }

    @Test func hostileReasonsAreText() throws {
        let health = HealthMonitor(unhealthyAfter: .seconds(300), body: .failed(reason: "<i>no</i>")) { "\($0)" }
        let text = try page(health: health).text
        #expect(text.contains("&lt;i&gt;no&lt;/i&gt;"))
        #expect(text.contains("unhealthy"))
    }

    @Test func thePolicyAllowsOnlyWhatThePageHolds() throws {
        let first = try page()
        let second = try page()
        let policy = try #require(first.headers["Content-Security-Policy"])
        #expect(policy.contains("default-src 'none'"))
        #expect(policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe"))
        let nonce = try #require(policy.firstMatch(of: /script-src 'nonce-([0-9a-f]+)'/)).1
        #expect(first.text.contains("<script nonce=\"\(nonce)\">"))
        #expect(first.text.contains("<style nonce=\"\(nonce)\">"))
        #expect(!first.text.contains("http://") && !first.text.contains("https://"), "no outside assets")
        #expect(second.headers["Content-Security-Policy"] != policy, "a nonce is used once")
    }

    @Test(arguments: ["*/*", "application/json", "text/html;q=0.1, application/json"])
    func programsGetJSON(accept: String) throws {
        let answer = try ServedBot.serve { port in
            try ServedBot.ask("GET", "/", port: port, headers: ["Accept": accept])
        }
        #expect(answer.headers["Content-Type"] == "application/json")
        #expect(try answer.json()["status"] == "online")
    }

    @Test func escaping() {
        #expect(StatusPage.escaped("a<b>&\"'é🙂") == "a&lt;b&gt;&amp;&quot;&#39;é🙂")
        // A mark behind it makes one Character of the two; the bracket is one all the same.
        #expect(!StatusPage.escaped("<\u{301}script>").unicodeScalars.contains("<"))
    }
}
