import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@Suite(.timeLimit(.minutes(3)), .enabled(if: TerminalWindow.isAvailable, "tmux is missing"))
struct WatchTests {
    private static let isHealthy: @Sendable (String) -> Bool = {
        $0.contains("healthy since") && $0.contains("Casino Bot")
    }

    /// The dashboard of one demo bot, with that bot.
    private func dashboard(
        _ variables: [String: String] = [:], bot changes: [String: String] = [:], columns: Int = 80, rows: Int = 24,
        until isMet: @escaping @Sendable (String) -> Bool = Self.isHealthy
    ) async throws -> (Dashboard, DemoBot) {
        let bot = try await DemoBot(changes)
        let window = try await TerminalWindow(columns: columns, rows: rows, bot: bot, variables)
        return (try await Dashboard(["--url", bot.url], in: window, until: isMet), bot)
    }

    @Test func followsTheWindow() async throws {
        let (dashboard, bot) = try await dashboard()
        let window = dashboard.window
        // The dashboard found the bot's process by its port.
        let screen = try await window.screen {
            $0.contains(" \(bot.process.processID)  casino-bot") && $0.contains(/Updates .*[0-9]\/s/)
        }
        #expect(screen.hasPrefix(" health-check watch · Casino Bot  127.0.0.1:\(bot.port) "))
        #expect(screen.contains("█▀▀█"))
        for (columns, rows) in [(250, 60), (120, 40), (40, 10), (80, 24)] {
            try await window.resize(columns: columns, rows: rows)
            let screen = try await window.screen { text in
                let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                // The title fills the first row and the keys are in the last.
                return lines.first?.hasSuffix(" UTC") == true && lines.first?.count == columns - 1
                    && lines.dropFirst(rows - 1).first?.hasPrefix(" q quit") == true
            }
            #expect(screen.contains("HEALTHY") || screen.contains("healthy since"))
        }
        try await window.resize(columns: 30, rows: 8)
        try await window.screen { $0.hasPrefix("too small\n30x8, needs\n40x10\n") }
        try await window.resize(columns: 80, rows: 24)
        try await window.screen(where: Self.isHealthy)
        try await window.press("q")
        #expect(try await dashboard.ending() == 0)
    }

    @Test(arguments: ["q", "C-c"])
    func endsByKey(key: String) async throws {
        let (dashboard, _) = try await dashboard()
        #expect(try await dashboard.window.fact("#{alternate_on} #{cursor_flag}") == "1 0")
        try await dashboard.window.press(key)
        #expect(try await dashboard.ending() == 0)
    }

    private static let endings: [(Int32, Int32)] = [
        (SIGTERM, 0), (SIGINT, 0), (SIGHUP, 0), (SIGSEGV, 139), (SIGILL, 132), (SIGABRT, 134), (SIGQUIT, 131),
        (SIGUSR1, 138), (SIGALRM, 142), (SIGXCPU, 152),
    ]

    @Test(arguments: endings)
    func endsBySignal(signal: Int32, code: Int32) async throws {
        let (dashboard, _) = try await dashboard()
        kill(dashboard.processID, signal)
        #expect(try await dashboard.ending() == code)
    }

    @Test func suspendsAndComesBack() async throws {
        let (dashboard, _) = try await dashboard()
        let window = dashboard.window
        for _ in 0..<2 {
            try await window.press("C-z")
            try await window.screen { $0.contains("Stopped") }
            #expect(try await window.fact("#{alternate_on} #{cursor_flag} #{wrap_flag}") == "0 1 1")
            try await window.type("clear; fg")
            try await window.screen(where: Self.isHealthy)
            #expect(try await window.fact("#{alternate_on} #{cursor_flag}") == "1 0")
        }
        // After a stop from outside the shell takes the terminal as it is.
        kill(dashboard.processID, SIGSTOP)
        try await Polling.until({ try await window.fact("#{pane_current_command}") }, isMet: { $0 == "sh" })
        kill(dashboard.processID, SIGCONT)
        // In the background it gives the terminal back, and the kernel stops it where it takes it again: only then does
        // Enter end a line for the shell.
        try await Polling.until({ try await window.fact("#{alternate_on}") }, isMet: { $0 == "0" })
        try await Polling.until({ Processes.state(of: dashboard.processID) }, isMet: { $0 == "T" })
        try await window.type("fg")
        try await window.screen(where: Self.isHealthy)
        try await window.press("q")
        try await Polling.until(
            { try await window.fact("#{alternate_on} #{cursor_flag} #{wrap_flag}") }, isMet: { $0 == "0 1 1" })
    }

    @Test func aLostTerminalEndsIt() async throws {
        let (dashboard, _) = try await dashboard()
        dashboard.window.server.signal(SIGKILL)
        _ = await dashboard.window.server.wait()
        #expect(await Processes.end(of: dashboard.processID))
    }

    @Test func restartsWhenAskedTwice() async throws {
        let (dashboard, bot) = try await dashboard(
            ["RESTART_TOKEN": "the-token-of-both"], bot: ["RESTART_TOKEN": "the-token-of-both"])
        let window = dashboard.window
        try await window.press("r")
        try await window.screen { $0.contains("Restart Casino Bot at 127.0.0.1:\(bot.port) with RESTART_TOKEN? y/N") }
        try await window.press("n")
        try await window.screen { $0.contains("not restarted") }
        #expect(!bot.process.output.contains("restart"))
        try await window.press("r")
        try await window.screen { $0.contains("y/N") }
        try await window.press("y")
        try await window.screen { $0.contains("Casino Bot: Restart signal received") }
        try await window.screen { $0.contains(/Restarts +1/) }
    }

    @Test func aRefusedRestartIsSaid() async throws {
        let (dashboard, _) = try await dashboard(
            ["RESTART_TOKEN": "a-wrong-one-of-both"], bot: ["RESTART_TOKEN": "the-token-of-both"])
        let window = dashboard.window
        try await window.press("r")
        try await window.screen { $0.contains("y/N") }
        try await window.press("y")
        let screen = try await window.screen { $0.contains("refused (401)") }
        #expect(!screen.contains("a-wrong-one"))
    }

    @Test func aKilledBotIsUnreachable() async throws {
        // On a port that no other program gets when the bot is gone.
        let (dashboard, bot) = try await dashboard(bot: ["PORT": "\(try PortRow.one())"])
        bot.process.signal(SIGKILL)
        // Its processes are sampled separately, a little later.
        try await dashboard.window.screen {
            $0.contains("connection refused") && $0.contains(/since [0-9:]{8} UTC/) && $0.contains("none found")
        }
        try await dashboard.window.press("q")
        #expect(try await dashboard.ending() == 0)
    }

    @Test func aHungBotDelaysNeitherKeysNorOtherBots() async throws {
        let silent = try ScriptedServer { $0.waitForEnd() }
        let bot = try await DemoBot()
        let window = try await TerminalWindow(bot: bot)
        let dashboard = try await Dashboard(
            ["--url", "http://127.0.0.1:\(silent.port)", "--url", bot.url], in: window
        ) { $0.contains(/Casino Bot +healthy/) }
        try await window.press("?")
        try await window.screen { $0.contains("any key closes it") }
        try await window.press("Escape")
        try await window.press("Down")
        try await window.screen { $0.contains("── Casino Bot ─") }
        try await window.press("Up")
        try await window.screen { $0.contains("did not answer within") }
        try await window.press("q")
        #expect(try await dashboard.ending() == 0)
    }

    @Test func withoutColour() async throws {
        let (dashboard, _) = try await dashboard(["NO_COLOR": "1"])
        let screen = try await dashboard.window.screen(colours: true) { $0.contains("Trend") }
        #expect(!screen.contains(/\u{1B}\[[0-9;]*(3|4|9|10)[0-7]/))
        #expect(screen.contains("\u{1B}[7m"))
    }

    @Test func withColour() async throws {
        let (dashboard, _) = try await dashboard()
        let screen = try await dashboard.window.screen(colours: true) { $0.contains("\u{1B}[32m") }
        #expect(screen.contains("█▀▀█"), "the colour is the word's")
    }

    @Test func outsideUTF8() async throws {
        let (dashboard, _) = try await dashboard(["LC_ALL": "C"], until: { $0.contains("+ HEALTHY") })
        let screen = try await dashboard.window.screen { $0.contains("Trend") && $0.contains("Updates ") }
        #expect(screen.utf8.allSatisfy { $0 == 10 || (0x20..<0x7F).contains($0) })
    }

    @Test func aHostileBotReachesNothing() async throws {
        let name =
            "\\u001b]0;stolen\\u0007\\u001b[2J\\u001b[?1049l\\u009b31m\\u202e" + String(repeating: "漢", count: 300)
        let server = try ScriptedServer(answering: { path in
            path == "/"
                ? ScriptedServer.answer(#"{"status":"online","bot":"\#(name)"}"#)
                : ScriptedServer.answer(
                    """
                    {"status":"unhealthy","uptime_seconds":3600.5,"last_update_ago":1.2,"total_updates":1500,"total_errors":3,\
                    "error_rate":0.002,"timestamp":"2026-01-19T16:07:27.123456Z","bot_version":"\(name)","reasons":["\(name)"]}
                    """, status: "503 Service Unavailable")
        })
        let window = try await TerminalWindow()
        let title = try await window.fact("#{pane_title}")
        let dashboard = try await Dashboard(["--url", "http://127.0.0.1:\(server.port)"], in: window) {
            $0.contains("漢…")
        }
        #expect(try await window.fact("#{pane_title} #{alternate_on}") == "\(title) 1")
        let lines = try await window.screen { $0.contains("]0;stolen") }.split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0].hasSuffix(" UTC"))
        #expect(lines[23].hasPrefix(" q quit"))
        try await window.press("q")
        #expect(try await dashboard.ending() == 0)
    }
}
