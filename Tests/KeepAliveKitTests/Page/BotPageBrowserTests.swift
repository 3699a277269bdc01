import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// The bot's page in a real browser.
@Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: Browser.isInstalled))
struct BotPageBrowserTests {
    private static func browse(
        width: Int = 1280, isDark: Bool = false, _ body: @escaping @Sendable (Browser) throws -> Void
    ) async throws {
        try await BlockingWork.run {
            let browser = try Browser(width: width, height: 800, isDark: isDark)
            defer { browser.close() }
            try body(browser)
        }
    }

    /// Opens the page and waits until it has new data from the bot.
    private static func open(_ browser: Browser, port: UInt16, path: String = "/") throws {
        try browser.open("http://127.0.0.1:\(port)\(path)")
        #expect(try browser.value(of: "document.getElementById('pulse').textContent || null") == "Live")
    }

    private static func monitor() -> HealthMonitor {
        HealthMonitor(body: .running) { "\($0)" }
    }

    /// Waits until the element has this text.
    private static func expect(_ browser: Browser, _ selector: String, _ text: String) throws {
        let found = "(t => t === `\(text)` ? t : null)(document.querySelector('\(selector)')?.textContent)"
        #expect(try browser.value(of: found) == .string(text))
    }

    /// A new state shows and is announced at once, without a reload; a new number shows without an announcement.
    @Test func whatChangesIsShownInPlace() async throws {
        let health = Self.monitor()
        try await Self.browse { browser in
            try ServedBot.serve(health: health) { port in
                try Self.open(browser, port: port)
                let icon = try browser.value(of: "document.getElementById('icon').href")
                _ = try browser.value(of: "(window.isSamePage = true, document.querySelector('nav a').focus(), 1)")
                for _ in 0..<1500 { health.recordUpdate() }
                try Self.expect(browser, "#why", "Everything works.")
                try Self.expect(browser, "#said", "Healthy. Everything works.")
                _ = try browser.value(of: "document.getElementById('said').textContent = 'x'")
                for _ in 0..<1500 { health.recordUpdate() }
                try Self.expect(browser, "section:nth-of-type(2) dl div:nth-child(4) dd", "3,000")
                #expect(try browser.value(of: "document.getElementById('said').textContent") == "x")

                health.body = .backingOff(reason: "<b>no</b> network")
                let said = "The bot body is not running: <b>no</b> network."
                try Self.expect(browser, "#status.unhealthy #why li", said)
                try Self.expect(browser, "#said", "Unhealthy. \(said)")
                #expect(try browser.value(of: "document.title") == "Unhealthy – Casino Bot")
                #expect(try browser.value(of: "document.getElementById('icon').href") != icon)
                health.body = .running
                try Self.expect(browser, "#status.healthy #word", "Healthy")
                #expect(try browser.value(of: "document.getElementById('icon').href") == icon)

                #expect(try browser.value(of: "document.activeElement.textContent") == "health")
                #expect(try browser.value(of: "window.isSamePage") == true)
                #expect(try browser.value(of: "document.querySelector('#trend rect.unhealthy')?.tagName") == "rect")
                #expect(browser.complaints == [])
            }
        }
    }

    /// The bot's process ends and returns on its port; then a newer version replaces it.
    @Test func aLostConnectionIsSeenAndEnds() async throws {
        try await Self.browse { browser in
            var configuration = ServedBot.configuration
            configuration.port = Int(try PortRow.one())
            configuration.portFallbacks = 0
            try ServedBot.serve(configuration: configuration) { port in
                try Self.open(browser, port: port)
                _ = try browser.value(of: "(window.isSamePage = true)")
            }
            try Self.expect(browser, "#status.lost #word", "Connection lost")
            try Self.expect(browser, "#why li:last-child", "Before that it was: Healthy.")
            try Self.expect(browser, "#pulse", "No connection")
            #expect(try browser.value(of: "document.title") == "Connection lost – Casino Bot")
            let told = "(t => t.startsWith('Connection lost. ') || null)(document.getElementById('said').textContent)"
            #expect(try browser.value(of: told) == true)
            Self.waitUntilFree(configuration.port)
            try ServedBot.serve(configuration: configuration) { _ in
                try Self.expect(browser, "#status.healthy #word", "Healthy")
                try Self.expect(browser, "#pulse", "Live")
                #expect(try browser.value(of: "document.title") == "Healthy – Casino Bot")
                #expect(try browser.value(of: "document.querySelectorAll('.stale').length") == 0)
                #expect(try browser.value(of: "window.isSamePage") == true)
            }
            Self.waitUntilFree(configuration.port)
            try ServedBot.serve(version: "3.0.0", configuration: configuration) { _ in
                try browser.waitForLoad()
                try Self.expect(browser, "header p", "3.0.0")
                #expect(try browser.value(of: "window.isSamePage === undefined") == true)
            }
        }
    }

    /// The thread of an unreferenced server ends by itself and then closes its port.
    private static func waitUntilFree(_ port: Int) {
        while let client = try? RawClient(port: UInt16(port)) { client.close() }
    }

    /// A proxy's answer for a missing bot must not pass as the bot's.
    @Test func anotherAnswerIsNone() async throws {
        try await Self.browse { browser in
            try ServedBot.serve { port in
                try Self.open(browser, port: port)
                _ = try browser.value(of: "(history.replaceState(null, '', '/ping'), 1)")
                try Self.expect(browser, "#status.lost #word", "Connection lost")
                let why = "document.querySelector('#why li').textContent.replace(/\\d+ s/, 'n s')"
                #expect(try browser.value(of: why) == "Something else has answered (HTTP 200) for n s.")
            }
        }
    }

    @Test func aHiddenPageAsksNothing() async throws {
        try await Self.browse { browser in
            let shim = """
                { window.waiting = new Set(); window.asked = 0; let isHidden = false;
                const [set, clear, ask] = [setTimeout, clearTimeout, fetch];
                window.setTimeout = (f, ms) => { const id = set(() => { waiting.delete(id); f() }, ms);
                    if (ms === 2000) waiting.add(id); return id };
                window.clearTimeout = id => { waiting.delete(id); clear(id) };
                window.fetch = (...all) => { asked++; return ask(...all) };
                Object.defineProperty(document, 'hidden', { get: () => isHidden });
                window.hide = value => { isHidden = value; document.dispatchEvent(new Event('visibilitychange')) } }
                """
            let source = String(decoding: JSON.string(shim).encoded, as: UTF8.self)
            try browser.call("Page.addScriptToEvaluateOnNewDocument", #"{"source":\#(source)}"#)
            try ServedBot.serve { port in
                try Self.open(browser, port: port)
                let next = "(window.waiting.size === 1 ? window.waiting.size : null)"
                #expect(try browser.value(of: next) == 1)
                #expect(try browser.value(of: "(hide(true), window.waiting.size)") == 0)
                #expect(try browser.value(of: "(n => (hide(false), asked - n))(asked)") == 1, "it asks at once")
                #expect(try browser.value(of: next) == 1)
            }
        }
    }

    /// Everything is in the page, and the browser reloads it regularly.
    @Test func itIsReadWithoutJavaScript() async throws {
        try await Self.browse { browser in
            try browser.call("Emulation.setScriptExecutionDisabled", #"{"value":true}"#)
            let health = Self.monitor()
            health.recordError()
            health.body = .failed(reason: "the ledger is damaged")
            try ServedBot.serve(health: health) { port in
                try browser.open("http://127.0.0.1:\(port)/")
                let text = try browser.value(of: "document.body.innerText").string ?? ""
                for part in ["Casino Bot", "Unhealthy", "the ledger is damaged", "Errors", "renews itself"] {
                    #expect(text.contains(part), "\(text)")
                }
                #expect(try browser.value(of: "document.querySelector('noscript meta').content") == "30")
                #expect(browser.complaints == [])
            }
        }
    }

    private static let hostileNames = [
        "</title><script>window.hit=1</script>", "\"><img src=x onerror=window.hit=1>", "<!--live--><!--",
        String(repeating: "W", count: 300), String(repeating: "long name ", count: 30), "بوت \u{202E}evil",
        "🎰 Casino 🎲",
    ]

    /// No name runs or loads anything, or makes the page wider than a phone.
    @Test func hostileNamesAreText() async throws {
        try await Self.browse(width: 320, isDark: true) { browser in
            for name in Self.hostileNames {
                let health = Self.monitor()
                health.check(name) { throw Trouble(description: name) }
                health.startChecks()
                defer { health.stopChecks() }
                try ServedBot.serve(name: name, version: name, health: health) { port in
                    try Self.open(browser, port: port)
                    let check = "document.querySelector('.checks .degraded .name')?.textContent"
                    #expect(try browser.value(of: check) == .string(name))
                    #expect(try browser.value(of: "document.querySelector('h1').textContent") == .string(name))
                    #expect(try browser.value(of: "document.querySelectorAll('script, img').length") == 1)
                    #expect(try browser.value(of: "window.hit === undefined") == true)
                    let wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                    #expect(try browser.value(of: wide) == 0, "\(name)")
                    let background = "getComputedStyle(document.body).backgroundColor"
                    #expect(try browser.value(of: background) == "rgb(14, 19, 24)")
                    // Leave the page before the bot ends, or it would report that.
                    try browser.open("about:blank")
                    #expect(browser.complaints == [])
                }
            }
        }
    }

    private struct Trouble: Error, CustomStringConvertible {
        let description: String
    }

    /// If a script got into the page, the policy would stop it.
    @Test func thePolicyStopsWhatIsNotOfThePage() async throws {
        try await Self.browse { browser in
            try ServedBot.serve { port in
                try Self.open(browser, port: port)
                let attack = """
                    new Promise(done => { document.addEventListener('securitypolicyviolation', e => done(e.effectiveDirective)); \
                    document.head.append(Object.assign(document.createElement('script'), { text: 'window.hit=1' })) })
                    """
                #expect(try browser.value(of: attack) == "script-src-elem")
                #expect(try browser.value(of: "window.hit === undefined") == true)
            }
        }
    }

    /// Under a proxy's path every address still leads to the bot.
    @Test func itMayLieUnderAnyPath() async throws {
        try await Self.browse { browser in
            let server = HTTPServer(
                threadName: "test-proxy", host: "127.0.0.1", ports: PortFallback(first: 0, fallbacks: 0))
            let port = try server.start { port, _ in
                Prefixed(inner: Endpoints(name: "b", version: "1", port: port, health: Self.monitor()))
            }
            try withExtendedLifetime(server) {
                try Self.open(browser, port: UInt16(port), path: "/bots/casino/")
                let links = "[...document.querySelectorAll('nav a')].map(a => new URL(a.href).pathname)"
                #expect(
                    try browser.value(of: links)
                        == ["/bots/casino/health", "/bots/casino/metrics", "/bots/casino/livez", "/bots/casino/readyz"])
                #expect(browser.complaints == [])
            }
        }
    }

    /// A bot's pages as a proxy serves them under a path, and nothing else.
    private struct Prefixed: HTTPResponder, Sendable {
        private static let prefix = "/bots/casino".utf8.count
        var inner: Endpoints

        mutating func beginTurn() { inner.beginTurn() }

        mutating func respond(
            to request: HTTPRequest, bytes: Span<UInt8>, from peer: HTTPPeer, output: inout [UInt8]
        ) -> HTTPReply {
            var request = request
            let isBelow = request.path.count > Self.prefix
            request.path = isBelow ? request.path.dropFirst(Self.prefix) : 0..<1
            return inner.respond(to: request, bytes: bytes, from: peer, output: &output)
        }

        mutating func reject(_ status: HTTPStatus, _ reason: String, output: inout [UInt8]) {
            inner.reject(status, reason, output: &output)
        }
    }

    @Test func nothingMovesForWhoWantsNoMotion() async throws {
        try await Self.browse { browser in
            try ServedBot.serve { port in
                try Self.open(browser, port: port)
                let motion = "getComputedStyle(document.getElementById('status')).transitionDuration"
                #expect(try browser.value(of: motion) == "0.3s")
                try browser.call(
                    "Emulation.setEmulatedMedia",
                    #"{"features":[{"name":"prefers-reduced-motion","value":"reduce"}]}"#)
                #expect(try browser.value(of: motion) == "0s")
            }
        }
    }
}
