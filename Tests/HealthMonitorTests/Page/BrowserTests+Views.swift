import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The page's views: what stands in the first window, what an address asks for, and the wall.
extension BrowserTests {
    private static let shown = "[...document.querySelectorAll('.row')].filter(row => !row.hidden).length"

    /// Seven of 500 are down: nobody has to scroll to see which.
    @Test(arguments: [(1280, 800), (390, 844)])
    func allTroubleStandsInTheFirstWindow(size: (Int, Int)) async throws {
        let names = (0..<500).map { $0 == 1 ? String(repeating: "予", count: 120) : "service \($0)" }
        let board = StatusBoard(
            names.enumerated().map { Target($1, ScriptedProbe([.healthy]), group: "group \($0 % 9)") })
        for (index, name) in names.enumerated() { Self.change(board, name, index < 7 ? .unhealthy : .healthy) }
        var presented = PageSettings()
        presented.title = "A company's status page with a long name"
        presented.announcements = [
            Announcement(text: "Payments move to a new data center tonight, and it may take until morning.")
        ]
        try await ServedMonitor.serve(keys: [ServedMonitor.key], board: board, presented: presented) { monitor in
            let browser = try Browser(width: size.0, height: size.1, isDark: false)
            defer { browser.close() }
            try browser.open("http://127.0.0.1:\(monitor.port)/")
            _ = try browser.value(
                of: "(document.getElementById('key').value = '\(ServedMonitor.key)', document.forms[0].submit(), 1)")
            try browser.waitForLoad()
            #expect(try browser.value(of: "document.querySelectorAll('#worst .row').length") == 7)
            #expect(try browser.value(of: "document.querySelector('#live.on')?.textContent") == "Live")
            let lines =
                "[...document.querySelectorAll('.brand bdi, #live, header button')].map(part => part.offsetHeight)"
            #expect(try browser.value(of: "Math.max(...\(lines)) > 42") == false, "each is one line")
            let ends = "document.querySelector('#worst').getBoundingClientRect().bottom"
            #expect(try browser.value(of: "\(ends) > innerHeight ? 'below' : 'inside'") == "inside")
        }
    }

    /// The bars are drawn when they come into view; each says what it shows.
    @Test func barsAreDrawnInView() async throws {
        let history = FakeHistory { contents in
            let today = WallTime.now().day
            contents.days["service 1"] = (0..<90).filter { $0 > 9 }.map { day in
                DayUptime(
                    day: today - 89 + day, uptime: Uptime(healthy: 99, unhealthy: day == 40 ? 1 : day == 50 ? 99 : 0))
            }
        }
        let board = StatusBoard((0..<3).map { Target("service \($0)", ScriptedProbe([.healthy])) })
        try await ServedMonitor.serve(keys: [], history: history, board: board) { monitor in
            let browser = try Browser(width: 1280, height: 800, isDark: false)
            defer { browser.close() }
            try browser.open("http://127.0.0.1:\(monitor.port)/")
            let label = "document.querySelector('#s1 .bars svg')?.getAttribute('aria-label')"
            #expect(
                try browser.value(of: label) == "Uptime: 98.75 % over 80 days, 2 days with failures")
            let paths = "[...document.querySelectorAll('#s1 .bars path')].map(p => p.getAttribute('d'))"
            #expect(
                try browser.value(of: paths) == [
                    "M60 20H238M246 20H298M306 20H538", "M240 18H244", "M300 16H304", "M0 30H58",
                ])
        }
    }

    @Test func anAddressSharesWhatIsShown() async throws {
        try await Self.browse(20) { monitor, browser in
            _ = try browser.value(of: "(document.querySelector('.counts .unhealthy a').click(), 1)")
            #expect(try browser.value(of: "location.search") == "?state=down")
            #expect(try browser.value(of: Self.shown) == 3)
            _ = try browser.value(of: "(document.getElementById('words').focus(), 1)")
            try browser.call("Input.insertText", #"{"text":"service 17"}"#)
            #expect(try browser.value(of: "location.search") == "?state=down&q=service+17")
            #expect(try browser.value(of: Self.shown) == 1)
            try browser.open("http://127.0.0.1:\(monitor.port)/?state=down&q=service+17")
            #expect(try browser.value(of: Self.shown) == 1)
            #expect(try browser.value(of: "document.getElementById('words').value") == "service 17")
            try browser.open("http://127.0.0.1:\(monitor.port)/")
            _ = try browser.value(of: "(document.querySelector('.counts .healthy a').click(), 1)")
            #expect(try browser.value(of: Self.shown) == 17)
            _ = try browser.value(of: "(history.back(), 1)")
            #expect(try browser.value(of: "location.search === '' ? \(Self.shown) : null") == 20)
        }
    }

    /// Who looks for one service sees its incidents only, with the script as without it.
    @Test func anAddressIsAlsoThatOfIncidents() async throws {
        let history = FakeHistory { contents in
            contents.alerts = ["service 17", "service 18", "gone"].enumerated().map { index, name in
                AlertRow(
                    id: Int64(index), service: name, severity: .critical, message: "m",
                    status: index == 0 ? .active : .resolved, triggeredAt: "2026-01-1\(index)T16:07:27.123456Z",
                    resolvedAt: index == 0 ? nil : ServedMonitor.time)
            }
        }
        try await ServedMonitor.serve(keys: [], history: history, board: Self.board(20)) { monitor in
            let browser = try Browser(width: 1280, height: 800, isDark: false)
            defer { browser.close() }
            let incidents = "[...document.querySelectorAll('.incident')].filter(item => item.checkVisibility()).length"
            let headings = "[...document.querySelectorAll('#incidents h3')].filter(h => h.checkVisibility()).length"
            let groups = "[...document.querySelectorAll('.group')].filter(group => !group.hidden).length"
            let found = "[\(incidents), \(headings), \(groups), document.getElementById('none').hidden]"
            try browser.open("http://127.0.0.1:\(monitor.port)/?state=down&q=service+17")
            #expect(try browser.value(of: found) == [1, 1, 0, true])
            _ = try browser.value(of: "(document.querySelector('.counts .unhealthy a').click(), 1)")
            #expect(try browser.value(of: "location.search") == "?q=service+17")
            _ = try browser.value(of: "(document.getElementById('words').focus(), 1)")
            try browser.call("Input.insertText", #"{"text":"z"}"#)
            #expect(try browser.value(of: found) == [0, 0, 0, false])
            try browser.call("Input.dispatchKeyEvent", #"{"type":"keyDown","key":"a","commands":["selectAll"]}"#)
            try browser.call("Input.insertText", #"{"text":"gon"}"#)
            #expect(try browser.value(of: found) == [1, 1, 0, true])
            // A new list is filtered as well.
            history.change { $0.alerts.removeLast() }
            monitor.board.noteAlerts()
            #expect(try browser.value(of: "(f => f[0] === 0 ? f : null)(\(found))") == [0, 0, 0, false])
            try browser.call("Input.dispatchKeyEvent", #"{"type":"keyDown","key":"a","commands":["selectAll"]}"#)
            try browser.press("Backspace", 8)
            #expect(try browser.value(of: found) == [2, 2, 2, true])
        }
    }

    /// A name or a reason of any length stays within its tile, and so does all that stands below it.
    @Test(arguments: [(1280, 720), (1920, 1080), (390, 844)], [1, 12, 60])
    func noTileCutsOffWhatItSays(size: (Int, Int), count: Int) async throws {
        let reason = String(
            repeating: "connection to the-database-of-the-cluster.internal.example.com refused; ", count: 9)
        let names = (0..<count).map { index in
            index % 10 == 0
                ? "a-very-long-service-name-without-any-space-0\(index)-in-the-cluster" : "svc-0\(index) web api"
        }
        let board = StatusBoard(names.map { Target($0, ScriptedProbe([.healthy])) })
        for (index, name) in names.enumerated() {
            let status = [
                0: ProbeStatus.unhealthy, 2: .unhealthy, 3: .unhealthy, 5: .degraded, 7: .unknown, 20: .unhealthy,
            ]
            Self.change(board, name, status[index] ?? .healthy, reason)
        }
        try await ServedMonitor.serve(keys: [], board: board) { monitor in
            let browser = try Browser(width: size.0, height: size.1, isDark: false)
            defer { browser.close() }
            try browser.open("http://127.0.0.1:\(monitor.port)/?view=wall")
            #expect(try browser.value(of: "document.querySelector('#live.on')?.textContent") == "Live")
            // The state's stripe takes eight pixels of a tile that is well.
            let cut = """
                [...document.querySelectorAll('.row')].filter(row => {
                  const tile = row.getBoundingClientRect(), top = tile.top + (row.dataset.a ? 0 : 8);
                  return [...row.children].map(part => part.getBoundingClientRect()).some(
                    part => part.height > 0 && (top > part.top || part.bottom > tile.bottom || part.right > tile.right));
                }).map(row => row.id)
                """
            let found = try browser.value(of: cut)
            #expect(found == [], "\(found)")
        }
    }

    /// Fifty services on a screen on the wall: trouble first and largest, and nothing to scroll.
    @Test func theWallShowsAllAtOnce() async throws {
        try await ServedMonitor.serve(keys: [], board: Self.board(50)) { monitor in
            let browser = try Browser(width: 1920, height: 1080, isDark: false)
            defer { browser.close() }
            try browser.open("http://127.0.0.1:\(monitor.port)/?view=wall")
            #expect(try browser.value(of: "document.querySelector('#live.on')?.textContent") == "Live")
            let page = "document.documentElement"
            let beyond = "\(page).scrollHeight > innerHeight || \(page).scrollWidth > innerWidth"
            #expect(try browser.value(of: beyond) == false)
            let ends = "Math.max(...[...document.querySelectorAll('.row')].map(r => r.getBoundingClientRect().bottom))"
            #expect(try browser.value(of: "\(ends) > innerHeight") == false)
            let size = "(r => r.getBoundingClientRect().width)"
            let larger = "\(size)(document.querySelector('#s3')) > 1.5 * \(size)(document.querySelector('#s4'))"
            #expect(try browser.value(of: larger) == true)
            let font =
                "Math.min(...[...document.querySelectorAll('h3')].map(h => parseFloat(getComputedStyle(h).fontSize)))"
            #expect(try browser.value(of: "\(font) > 17") == true, "from five metres")
            Self.change(monitor.board, "service 49", .unhealthy)
            let place = "[...document.querySelectorAll('.row')].findIndex(row => row.id === 's49')"
            #expect(try browser.value(of: "(n => n > 10 ? null : n)(\(place))") == 7)
        }
    }

    /// A wall that shows yesterday's state must not look alive.
    @Test func aWallWithoutConnectionSaysSo() async throws {
        let lost = "document.getElementById('lost')"
        let broken = """
            window.EventSource = class { readyState = 0; close() {}
            addEventListener(name, run) { if (name === 'error') setTimeout(run, 200) } }
            """
        try await ServedMonitor.serve(keys: [], board: Self.board(4)) { monitor in
            let browser = try Browser(width: 1920, height: 1080, isDark: true)
            defer { browser.close() }
            let source = String(decoding: JSON.string(broken).encoded, as: UTF8.self)
            try browser.call("Page.addScriptToEvaluateOnNewDocument", #"{"source":\#(source)}"#)
            try browser.open("http://127.0.0.1:\(monitor.port)/?view=wall")
            let words = "\(lost).hidden ? null : \(lost).textContent.slice(0, 21)"
            #expect(try browser.value(of: words) == "Connection lost since")
        }
    }

    /// Whoever sees everything can say so from the page; strangers have no button.
    @Test func anAlertIsAcknowledgedFromThePage() async throws {
        try await ServedMonitor.serve(keys: []) { monitor in
            let browser = try Browser(width: 1280, height: 800, isDark: false)
            defer { browser.close() }
            try browser.open("http://127.0.0.1:\(monitor.port)/")
            _ = try browser.value(of: "(window.prompt = () => ' on it ', 1)")
            let button = "document.querySelector('#s1 .when [data-do=ack]:not([hidden])')"
            #expect(try browser.value(of: "\(button)?.ariaLabel") == "Acknowledge: café/bot 1")
            _ = try browser.value(of: "(\(button).click(), 1)")
            let mark = "document.querySelector('#s1 .mark-ack')?.textContent"
            let words = try browser.value(of: mark).string ?? ""
            #expect(words.hasPrefix("acknowledged by ") && words.hasSuffix(": on it"), "\(words)")
            #expect(try browser.value(of: "\(button) === null") == true)
            #expect(monitor.board["café/bot 1"]?.marks.acknowledged?.note == "on it")
            _ = try browser.value(of: "(document.querySelector('#s0 summary').click(), 1)")
            let silence = "document.querySelector('#s0 [data-do^=silence]')"
            _ = try browser.value(of: "\(silence) ? (\(silence).click(), 1) : null")
            #expect(
                try browser.value(of: "document.querySelector('#s0 .when')?.textContent.slice(0, 14)")
                    == "silenced until")
            #expect(browser.complaints == [])
        }
        try await ServedMonitor.serve { monitor in
            let client = try RawClient(port: monitor.port)
            defer { client.close() }
            try client.request("GET", "/", headers: ["Accept": "text/html"])
            #expect(try !client.readResponse().text.contains("<button class=\"act\""))
        }
    }
}
