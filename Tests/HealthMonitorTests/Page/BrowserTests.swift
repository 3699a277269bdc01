import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The page in a real browser.
@Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: Browser.isInstalled))
struct BrowserTests {
    static func board(_ count: Int) -> StatusBoard {
        let names = (0..<count).map { index in
            let hostile = PageScene.hostileNames
            return index < hostile.count ? "\(index) \(hostile[index])" : "service \(index)"
        }
        let board = StatusBoard(
            names.enumerated().map { Target($1, ScriptedProbe([.healthy]), group: $0 % 2 == 0 ? "even" : nil) })
        for (index, name) in names.enumerated() { change(board, name, index % 7 == 3 ? .unhealthy : .healthy) }
        return board
    }

    static func change(_ board: StatusBoard, _ name: String, _ status: ProbeStatus, _ message: String = "message of") {
        board.update(name) { entry in
            entry.last = CheckRecord(
                service: name, result: ProbeResult(status: status, message: "\(message) \(name)"), time: .now())
        }
    }

    static func browse(
        _ count: Int, width: Int = 1280, height: Int = 800, isDark: Bool = false, live: String = "Live",
        _ body: @escaping @Sendable (ServedMonitor, Browser) throws -> Void
    ) async throws {
        try await ServedMonitor.serve(keys: [], board: board(count)) { monitor in
            // With every place taken the page has to poll.
            let crowd = try (0..<(live == "Live" ? 0 : EventStream.mostListeners)).map { _ in
                try monitor.listen("/api/events")
            }
            defer { for listener in crowd { listener.close() } }
            let browser = try Browser(width: width, height: height, isDark: isDark)
            defer { browser.close() }
            try browser.open("http://127.0.0.1:\(monitor.port)/")
            #expect(
                try browser.value(of: "document.querySelector('#live.on')?.textContent") == .string(live))
            try body(monitor, browser)
            if live == "Live" { #expect(browser.complaints == []) }
        }
    }

    @Test(arguments: [0, 1, 50, 500], [(390, 844), (1280, 800)])
    func everyFleetFitsEveryScreen(count: Int, size: (Int, Int)) async throws {
        for isDark in [false, true] {
            try await Self.browse(count, width: size.0, height: size.1, isDark: isDark) { _, browser in
                #expect(
                    try browser.value(of: "document.querySelectorAll('.row').length").integer == Int64(count))
                let wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                #expect(try browser.value(of: wide).integer == 0, "nothing is wider than the screen")
                let background = try browser.value(of: "getComputedStyle(document.body).backgroundColor")
                #expect(background == (isDark ? "rgb(14, 19, 24)" : "rgb(245, 247, 249)"))
            }
        }
    }

    /// A service goes down: without a reload the page shows it, moves it to the front, and keeps open parts open.
    @Test func whatChangesIsShownAtOnce() async throws {
        try await Self.browse(20) { monitor, browser in
            #expect(try browser.value(of: "document.title") == "3 down – health-monitor")
            _ = try browser.value(of: "(document.querySelector('#s18 details').open = true)")
            _ = try browser.value(of: "(window.isSamePage = true)")
            Self.change(monitor.board, "service 18", .unhealthy)
            let down = "document.querySelector('#s18.unhealthy .why')?.textContent"
            #expect(try browser.value(of: down) == "message of service 18")
            #expect(try browser.value(of: "document.querySelector('#s18 details').open") == true)
            #expect(try browser.value(of: "document.querySelector('h1').textContent") == "4 services are down")
            #expect(try browser.value(of: "document.getElementById('said').textContent") == "4 services are down")
            #expect(try browser.value(of: "document.title") == "4 down – health-monitor")
            let worst = "[...document.querySelectorAll('#worst .row')].map(row => row.id)"
            #expect(try browser.value(of: worst) == ["s3", "s10", "s17", "s18"])
            #expect(try browser.value(of: "document.getElementById('g0').textContent") == "2 down8 up")
            Self.change(monitor.board, "service 18", .healthy)
            #expect(try browser.value(of: "document.querySelector('#r0 #s18')?.className") == "row healthy")
            #expect(try browser.value(of: "document.querySelector('#s18').previousElementSibling.id") == "s16")
            #expect(try browser.value(of: "document.querySelector('#s18 details').open") == true)
            #expect(try browser.value(of: "window.isSamePage") == true)
        }
    }

    /// The page does not wait for the details of five hundred services; open details stay current.
    @Test func whatIsKnownOfOneComesWhenItIsOpened() async throws {
        try await Self.browse(20) { monitor, browser in
            #expect(try browser.value(of: "document.querySelectorAll('.more').length") == 0)
            _ = try browser.value(of: "(document.querySelector('#s18 summary').click(), 1)")
            #expect(
                try browser.value(of: "document.querySelector('#s18 .more dd')?.textContent") == "message of service 18"
            )
            #expect(try browser.value(of: "document.querySelectorAll('.more').length") == 1)
            // A healthy service's card does not change with its checks.
            _ = try browser.value(of: "(n => (Date.now = () => n() + 11000, 1))(Date.now)")
            Self.change(monitor.board, "service 18", .healthy, "news of")
            let news =
                "(t => t === 'news of service 18' ? t : null)(document.querySelector('#s18 .more dd').textContent)"
            #expect(try browser.value(of: news) == "news of service 18")
        }
    }

    @Test func whatSomebodyLooksForIsLeft() async throws {
        try await Self.browse(20) { monitor, browser in
            let seen = "[...document.querySelectorAll('.row')].filter(row => row.checkVisibility()).length"
            let found = "document.getElementById('found').textContent"
            _ = try browser.value(of: "(document.querySelector('.group').open = false, 1)")
            #expect(try browser.value(of: seen) == 11)
            _ = try browser.value(of: "(document.getElementById('words').focus(), 1)")
            try browser.call("Input.insertText", #"{"text":"DOWN"}"#)
            #expect(try browser.value(of: found) == "3 of 20")
            #expect(try browser.value(of: seen) == 3, "a closed group is opened")
            Self.change(monitor.board, "service 18", .unhealthy)
            #expect(try browser.value(of: "(t => t === '4 of 20' ? t : null)(\(found))") == "4 of 20")
            try browser.call("Input.insertText", #"{"text":"!"}"#)
            #expect(try browser.value(of: found) == "0 of 20")
            #expect(try browser.value(of: seen) == 0)
            try browser.call("Input.dispatchKeyEvent", #"{"type":"keyDown","key":"a","commands":["selectAll"]}"#)
            try browser.press("Backspace", 8)
            #expect(try browser.value(of: found) == "")
            #expect(try browser.value(of: seen) == 12, "and closed again")
        }
    }

    @Test func withoutEventsThePageAsks() async throws {
        try await Self.browse(1, live: "Updated every 15 s") { _, browser throws in
            #expect(try browser.value(of: "document.querySelectorAll('.row').length") == 1)
        }
    }

    @Test func theKeyboardReachesEverything() async throws {
        try await Self.browse(1) { _, browser in
            let focus = "document.activeElement.textContent.trim()"
            try browser.press("Tab", 9)
            #expect(try browser.value(of: focus) == "Skip to the services")
            try browser.press("Tab", 9)
            #expect(try browser.value(of: focus) == "1 up")
            try browser.press("Tab", 9)
            #expect(try browser.value(of: focus) == "even1 up")
            try browser.press("Tab", 9)
            let label = try browser.value(of: "document.activeElement.ariaLabel").string
            #expect(label?.hasPrefix("Details of 0") == true)
        }
    }
}
