import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

/// The whole screen, as a person sees it, with bots whose answers never change.
@Suite(.timeLimit(.minutes(3)), .enabled(if: TerminalWindow.isAvailable, "tmux is missing"))
struct CapturedScreenTests {
    static func server(_ name: String, _ status: String, reasons: String = "") throws -> ScriptedServer {
        try ScriptedServer(answering: { path in
            path == "/"
                ? ScriptedServer.answer(#"{"status":"online","bot":"\#(name)"}"#)
                : ScriptedServer.answer(
                    """
                    {"status":"\(status)","uptime_seconds":3600.5,"last_update_ago":1.2,"total_updates":1500,"total_errors":3,\
                    "error_rate":0.002,"timestamp":"2026-01-19T16:07:27.123456Z","bot_version":"2.0.1","reasons":[\(reasons)],"restarts":0,\
                    "response_time_ms":{"p50":2,"p95":10,"p99":20,"max":40},"checks":{"database":{"status":"healthy",\
                    "critical":true,"age_seconds":5}}}
                    """, status: status == "unhealthy" ? "503 Service Unavailable" : "200 OK")
        })
    }

    /// An address that the dashboard does not recognise as this machine's: it shows no processes, instead of the
    /// test's.
    static func url(_ server: ScriptedServer) -> String { "http://0.0.0.0:\(server.port)" }

    static let reason = "\"no update and no heartbeat for 312 s, which is more than the 300 s of UNHEALTHY_AFTER_SEC\""

    /// Compares until the screen matches; reports the last difference.
    private func expect(_ expected: String, in window: TerminalWindow) async throws {
        let captured = CapturedScreen(expected)
        do {
            try await window.screen { captured.difference(from: $0) == nil }
        } catch {
            let screen = try await window.command(["capture-pane", "-p"]).1
            Issue.record("\(captured.difference(from: screen) ?? "late") of\n\(screen)")
        }
    }

    @Test func unhealthyAt80By24() async throws {
        let server = try Self.server("Casino Bot", "unhealthy", reasons: Self.reason)
        let window = try await TerminalWindow()
        let dashboard = try await Dashboard(["--url", Self.url(server)], in: window) { _ in true }
        try await expect(Self.at80By24, in: window)
        try await window.press("q")
        #expect(try await dashboard.ending() == 0)
    }

    @Test func threeBotsWithoutColourAndUTF8() async throws {
        let servers = [
            try Self.server("Casino Bot", "healthy"), try Self.server("Büro", "unhealthy", reasons: Self.reason),
            try Self.server("Third", "degraded"),
        ]
        let window = try await TerminalWindow(columns: 60, rows: 15, ["NO_COLOR": "1", "LC_ALL": "C"])
        let urls = servers.flatMap { ["--url", Self.url($0)] }
        _ = try await Dashboard(urls, in: window) { $0.contains("degraded") }
        try await window.press("End")
        try await expect(Self.at60By15, in: window)
        try await window.resize(columns: 40, rows: 10)
        try await window.press("Home")
        try await window.press("Enter")
        try await expect(Self.at40By10, in: window)
        let screen = try await window.screen(colours: true) { $0.contains("x UNHEALTHY") }
        #expect(!screen.contains(/\u{1B}\[[0-9;]*(3|4|9|10)[0-7]/))
        try await window.press("q")
        // Its size has changed since the `stty` call, so the terminal's own answer counts.
        try await window.screen { $0.contains("code=0") }
        #expect(try await window.fact("#{alternate_on} #{cursor_flag} #{wrap_flag}") == "0 1 1")
    }

    /// Twelve bots in the smallest usual window, trouble first; the mouse and the filter choose.
    @Test func twelveBots() async throws {
        let servers = try (0..<12).map { try Self.server("Bot \($0)", $0 == 7 ? "unhealthy" : "healthy") }
        let window = try await TerminalWindow()
        let dashboard = try await Dashboard(servers.flatMap { ["--url", Self.url($0)] }, in: window) {
            $0.contains("12 bots: 1 unhealthy, 11 healthy") && $0.contains("▶ × Bot 7 ")
        }
        try await window.screen { text in (0..<12).allSatisfy { text.contains("Bot \($0) ") } }
        #expect(try await window.fact("#{mouse_any_flag}") == "1")
        // A click in the third row of the list.
        try await window.bytes("\u{1B}[<0;5;4M")
        try await window.screen { $0.contains("── Bot 1 ─") }
        try await window.bytes("\u{1B}[<65;5;4M")
        try await window.screen { $0.contains("── Bot 4 ─") }
        try await window.type("/bot 1")
        try await window.screen { $0.contains("/bot 1: 1 of 3, trouble first") && !$0.contains(" Bot 4 ") }
        try await window.press("l")
        try await window.screen { $0.contains("no launcher on this machine runs this bot") }
        try await window.press("q")
        #expect(try await dashboard.ending() == 0)
    }

    @Test func veryWide() async throws {
        let server = try Self.server("Casino Bot", "healthy")
        let window = try await TerminalWindow(columns: 250, rows: 70)
        let dashboard = try await Dashboard(["--url", "http://127.0.0.1:\(server.port)"], in: window) {
            $0.contains("Checks")
        }
        let rows = try await window.screen { $0.contains(/Memory +[⢸⣿]/) && $0.contains("passes") }
            .split(separator: "\n", omittingEmptySubsequences: false)
        let head = try #require(rows.first { $0.hasPrefix("── Bot ─") })
        #expect(head.count == 250)
        #expect(head.dropFirst(124).hasPrefix("  ── Processes ─"))
        #expect(rows[0].count == 249 && rows[0].hasSuffix(" UTC"))
        #expect(rows[69].hasPrefix(" q quit"))
        for plot in ["Status", "Updates", "Response p95", "Memory", "Answer time", "Errors"] {
            #expect(rows.contains { $0.hasPrefix(" \(plot)  ") }, "\(plot)")
        }
        try await window.press("q")
        #expect(try await dashboard.ending() == 0)
    }

    /// A terminal without cursor movement gets one frame and stays unchanged.
    @Test(arguments: ["TERM=dumb", "TERM="])
    func aTerminalThatOnlyWrites(term: String) async throws {
        let server = try Self.server("Casino Bot", "unhealthy", reasons: Self.reason)
        let window = try await TerminalWindow(columns: 80, rows: 40)
        let program = try ChildProcess.product("health-check")
        let url = Self.url(server)
        try window.folder.write("\(term) '\(program)' watch --url \(url) > frame\n", to: "piped")
        try window.folder.write("clear; \(term) '\(program)' watch --url \(url); echo code=$?\n", to: "shown")
        try await window.type("sh piped; sh shown")
        try await expect(Self.plain, in: window)
        #expect(try await window.fact("#{alternate_on} #{cursor_flag} #{wrap_flag}") == "0 1 1")
        #expect(!(try await window.file("frame").contains("\u{1B}")))
    }
}
