import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The page behind a proxy.
extension BrowserTests {
    /// Browses through a proxy without waiting: the page's times of 5 and 15 s are shortened.
    private static func browse(
        keys: [String] = [], _ streams: PathProxy.Streams,
        _ body: @escaping @Sendable (ServedMonitor, PathProxy, Browser) throws -> Void
    ) async throws {
        try await ServedMonitor.serve(keys: keys, board: board(4)) { monitor in
            let proxy = try PathProxy(path: "/status", port: monitor.port, streams: streams)
            let browser = try Browser(width: 1280, height: 800, isDark: false)
            defer { browser.close() }
            let shim = """
                for (const name of ['setTimeout', 'setInterval']) { const set = window[name];
                window[name] = (run, time, ...all) => set(run, [5000, 15000].includes(time) ? 50 : time, ...all) }
                """
            let source = String(decoding: JSON.string(shim).encoded, as: UTF8.self)
            try browser.call("Page.addScriptToEvaluateOnNewDocument", #"{"source":\#(source)}"#)
            try browser.open(proxy.url)
            try body(monitor, proxy, browser)
            #expect(browser.complaints == [])
        }
    }

    /// Waits until an expression has this value.
    private static func expect(_ browser: Browser, _ expression: String, _ text: String) throws {
        #expect(try browser.value(of: "(t => t === '\(text)' ? t : null)(\(expression))") == .string(text))
    }

    private static let live = "document.querySelector('#live.on')?.textContent"

    @Test func threeStreamsThatEndAreEnough() async throws {
        try await Self.browse(.cut) { monitor, proxy, browser in
            try Self.expect(browser, Self.live, "Updated every 15 s")
            #expect(proxy.streams.count >= 3)
            Self.change(monitor.board, "0 \(PageScene.hostileNames[0])", .unhealthy)
            try Self.expect(browser, "document.querySelector('h1').textContent", "2 services are down")
        }
    }

    /// Some proxies send an answer only after its end.
    @Test func aStreamThatNeverBeginsIsGivenUp() async throws {
        try await Self.browse(.held) { monitor, proxy, browser in
            _ = try browser.value(of: "(n => (Date.now = () => n() + 41000, 1))(Date.now)")
            try Self.expect(browser, Self.live, "Updated every 15 s")
            Self.change(monitor.board, "0 \(PageScene.hostileNames[0])", .unhealthy)
            try Self.expect(browser, "document.querySelector('h1').textContent", "2 services are down")
        }
    }

    /// Login, cookie, events and details all stay below the path.
    @Test func itMayLieUnderAnyPath() async throws {
        try await Self.browse(keys: [ServedMonitor.key], .passed) { monitor, proxy, browser in
            #expect(try browser.value(of: "document.querySelector('h1').textContent") == "Nothing is public here")
            _ = try browser.value(
                of: "(document.getElementById('key').value = '\(ServedMonitor.key)', document.forms[0].submit(), 1)")
            try browser.waitForLoad()
            #expect(try browser.value(of: "location.href") == .string(proxy.url))
            try Self.expect(browser, Self.live, "Live")
            #expect(try browser.value(of: "document.querySelectorAll('.row').length") == 4)
            _ = try browser.value(of: "(document.querySelector('#s0 summary').click(), 1)")
            #expect(try browser.value(of: "document.querySelector('#s0 .more')?.tagName") == "DIV")
            Self.change(monitor.board, "0 \(PageScene.hostileNames[0])", .unhealthy)
            try Self.expect(browser, "document.querySelector('h1').textContent", "2 services are down")
            let cookies = try browser.call("Network.getCookies", "{}")["cookies"]?.array ?? []
            #expect(cookies.map { $0["path"] } == ["/status"])
            _ = try browser.value(of: "(document.forms[0].submit(), 1)")
            try browser.waitForLoad()
            try Self.expect(browser, "document.querySelector('h1').textContent", "Nothing is public here")
        }
    }
}
