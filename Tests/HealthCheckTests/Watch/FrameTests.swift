import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

@testable import KeepAliveHealthCheck

struct FrameTests {
    static let sizes: [(Int, Int)] = [
        (0, 0), (1, 1), (39, 24), (40, 9), (40, 10), (57, 13), (80, 24), (81, 25), (120, 40), (140, 24), (250, 60),
        (1000, 200),
    ]
    static let statuses = ["healthy", "degraded", "unhealthy"]

    @Test func healthyAt80By24() {
        let expected = """
             health-check watch · Casino Bot  localhost:8001                   16:07:33 UTC
             █  █ █▀▀▀ ▄▀▀▄ █    ▀█▀ █  █ █ █       up 1 h 0 min, version 2.0.1
             █▀▀█ █▀▀  █▀▀█ █     █  █▀▀█  █        healthy since 16:07:29 UTC (4 s)
             ▀  ▀ ▀▀▀▀ ▀  ▀ ▀▀▀▀  ▀  ▀  ▀  ▀        answered in 3.0 ms
             All checks pass.
            ── Bot ─────────────────────────────────────────────────────────────────────────
             Updates       1540 · 10.0/s             Response p50  2.0 ms
             Errors        3 · 0.20 % of updates     p95           10.6 ms
             Last update   1.2 s ago                 p99           47.6 ms
             Heartbeat     0.4 s ago                 slowest       47.8 ms
             Restarts      2                         Executor      responsive
             Gateway       connected, event 1.5 s …  Checks        1 of 2 pass, failing: p…
            ── Trend ─────────────────────────────────────────────────────────── last 4 s ──
             Status                                               ●●● 3 of 3 good
             Updates                                                ⣿ 10.0/s, max 10.0/s
             Response p95                                          ⢸⣿ 10.6 ms, max 10.6 ms
            ── Processes ───────────────────────────────────────────────────────────────────
                 PID  NAME               CPU    MEMORY THREADS  FILES          AGE ROLE
                 100  launcher           0 %   3.0 MiB       1      9    1 h 6 min launcher
                 101  casino-bot        13 %  28.0 MiB       7     17    1 h 0 min bot
                 102  ffmpeg               –   1.0 MiB       2      –        3.0 s child
            ── This machine ────────────────────────────────────────────────────────────────
             CPU 50 % of 2 load 1.5    Memory 25 % of 4.0 GiB     Disk 97 % of 100 GiB at …
             q quit  r restart  ? help  l log
            """
        #expect(Situation.text(Situation.watching()) == expected)
    }

    /// Copies of one bot share a name: list, heading and answer identify the meant one.
    @Test func botsOfOneNameAreToldApart() {
        var model = Situation.model(["localhost:8001", "localhost:8002", "localhost:8003"])
        for (bot, name) in ["Casino Bot", "Casino Bot", "Raffle Bot"].enumerated() {
            var look = Situation.look(name: name)
            guard case .report(let report, let json, let url) = look.finding else { continue }
            let place = HTTPURL(host: url.host, port: 8001 + UInt16(bot), target: url.target)
            look = Look(finding: .report(report, json: json, at: place), name: name, took: look.took)
            model.apply(.looked(bot: bot, look))
        }
        let lines = Situation.lines(model)
        #expect(lines[1].contains("localhost:8001 "))
        #expect(lines[2].contains("localhost:8002 "))
        #expect(lines[3].contains("Raffle Bot ") && !lines[3].contains("8003"))
        #expect(lines.contains { $0.hasPrefix("── Casino Bot at localhost:8001 ─") })
        model.press(.character("r"), .character("y"))
        #expect(Situation.lines(model).last?.contains("asking Casino Bot at localhost:8001 to restart") == true)
        let plain = Frame.plain(model, columns: 80, style: Style(colour: false, unicode: true))
        #expect(plain.contains("── Casino Bot at localhost:8002 ─") && plain.contains("── Raffle Bot ─"))
    }

    /// In every situation, with and without colour and in both alphabets, no row is too wide and the number of rows is
    /// exact.
    @Test(arguments: sizes)
    func nothingIsTooWide(columns: Int, rows: Int) {
        var fleet = Situation.model((0..<10).map { "bot\($0):8001" })
        fleet.see("unhealthy", bot: 3, name: Hostile.names.joined())
        var lost = Situation.watching()
        lost.apply(.looked(bot: 0, Situation.silence))
        var help = Situation.watching()
        help.press(.character("?"))
        var question = Situation.watching()
        question.press(.character("r"))
        let hostile = Hostile.names.map { name in
            var model = Situation.model([name])
            model.see(
                "unhealthy", name: name, looks: 2, ["reasons": .array([.string(name)]), "bot_version": .string(name)])
            model.apply(
                .processes(
                    bot: 0, [ProcessSample(role: .bot, id: 1, name: name, memory: .max, threads: .max, age: 1e300)]))
            model.press(.character("r"))
            return model
        }
        let models = [Situation.model(), Situation.model([]), fleet, lost, help, question] + hostile
        for model in models + Self.statuses.map({ Situation.watching($0, looks: 600) }) {
            for style in [(true, true), (true, false), (false, true), (false, false)].map(Style.init) {
                let lines = Frame.lines(model, .init(columns: columns, rows: rows), style)
                #expect(lines.count == rows)
                for line in lines {
                    let cells = Cells.width(line.plain)
                    #expect(cells != nil && cells ?? 0 <= columns, "\(line.plain)")
                    #expect(line.width <= columns)
                    #expect(
                        Cells.width(Cells.withoutRendition(line.rendered)) != nil, "\(line.rendered.debugDescription)")
                    if !style.unicode { #expect(line.plain.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }) }
                    if !style.colour { #expect(!line.rendered.contains(/\u{1B}\[[0-9;]*(3|4|9|10)[0-7]/)) }
                }
            }
        }
    }

    @Test(arguments: statuses, [(80, 24), (120, 40), (250, 60), (40, 10)])
    func theStatusIsInWords(status: String, size: (Int, Int)) {
        var model = Situation.watching(status, ["reasons": ["The database is gone."]])
        let text = Situation.text(model, size.0, size.1)
        #expect(text.contains(status) || text.contains(status.uppercased()))
        #expect(text.contains("The database is gone."))
        #expect(text.contains("Casino Bot") || size.0 < 80)
        // Its earlier status is not its current one.
        model.apply(.looked(bot: 0, Situation.silence))
        let lost = Situation.text(model, size.0, size.1)
        #expect(lost.contains("UNREACHABLE") || lost.contains("since "))
        #expect(!lost.contains(" \(status) since"))
    }

    @Test func unreachableSaysSinceWhenAndWhy() {
        var model = Situation.watching()
        model.pass(2)
        model.apply(.looked(bot: 0, Situation.silence))
        model.pass(65)
        let text = Situation.text(model)
        #expect(text.contains("since 16:07:35 UTC (1 min 5 s)"))
        #expect(text.contains("nothing listens on localhost:8001 (connection refused)."))
        #expect(text.contains("from the last report, 1 min 7 s ago"))
        #expect(text.contains("1540"), "the last figures stay")
    }

    @Test func nobodyYet() {
        let text = Situation.text(Situation.model())
        #expect(text.contains("Asking localhost:8001."))
        #expect(text.contains("none yet"))
    }

    @Test func aStranger() {
        var model = Situation.model()
        model.apply(.looked(bot: 0, Look(finding: .stranger("another program uses this port"), name: nil, took: .zero)))
        let text = Situation.text(model, 120, 40)
        #expect(text.contains("another program uses this port."))
        #expect(text.contains("since 16:07:27 UTC"))
    }

    @Test func theChosenOneOfManyIsSeen() {
        var model = Situation.model((0..<10).map { "bot\($0):8001" })
        for number in 0..<10 { model.see(number == 3 ? "degraded" : "healthy", bot: number, name: "Bot \(number)") }
        model.press(.character("s"), .home)
        for number in 0..<10 {
            let lines = Situation.lines(model)
            #expect(lines.contains { $0.hasPrefix("▶ ") && $0.contains("Bot \(number)") })
            #expect(lines.contains { $0.hasPrefix("── Bot \(number) ─") })
            model.press(.down)
        }
        #expect(Situation.lines(model)[0].contains("10 bots: 1 degraded, 9 healthy"))
        // A large window shows all of them.
        let large = Situation.lines(model, 250, 60)
        for number in 0..<10 { #expect(large.contains { $0.contains("Bot \(number) ") }) }
    }

    /// A window of 80 by 24 has room for twelve bots and the one in trouble.
    @Test func twelveNamesAt80By24() {
        var model = Situation.model((0..<50).map { "bot\($0):8001" })
        for number in 0..<50 { model.see(number == 42 ? "unhealthy" : "healthy", bot: number, name: "Bot \(number)") }
        let lines = Situation.lines(model)
        #expect(lines[1].hasPrefix("▶ × Bot 42 "))
        #expect(lines.count { $0.contains(" Bot ") && $0.contains("healthy") && !$0.contains("──") } == 12)
        #expect(lines[13].hasPrefix("── Bot 42 ──") && lines[13].hasSuffix(" 1 of 50, trouble first ──"))
        // Each row of the list is the bot that a click there chooses.
        let size = Terminal.Size(columns: 80, rows: 24)
        for row in 0..<24 {
            let bot = Frame.bot(at: row, model, size)
            #expect((bot != nil) == (1...12).contains(row))
            if let bot { #expect(lines[row].contains(" Bot \(bot) ")) }
        }
    }

    @Test func everyPartHasRoomInALargeWindow() {
        let text = Situation.text(Situation.watching("degraded", looks: 20), 250, 60)
        for words in [
            "payments", "fails", "refused", "launcher", "casino-bot", "ffmpeg", "13 %", "28.0 MiB", "/srv/bot",
            "Response p95",
            "10.0/s", "connected, event 1.5 s ago", "1 of 2 pass, failing: payments", "50 % of 2", "97 % of 100 GiB",
        ] {
            #expect(text.contains(words), "\(words)")
        }
    }

    @Test func tooSmallIsSaid() {
        #expect(Situation.lines(Situation.watching(), 39, 24)[0] == "too small")
        #expect(Situation.lines(Situation.watching(), 40, 9)[1] == "40x9, needs")
        #expect(Situation.lines(Situation.watching(), 40, 10)[0].contains("health-check watch"))
    }

    /// A truncated reason names the problem, but not its cause.
    @Test(arguments: [(80, 24), (120, 40), (60, 15)])
    func aLongReasonIsTold(size: (Int, Int)) {
        let reason =
            "No update for 312 s, and the last heartbeat came 305 s ago: more than the 300 s of UNHEALTHY_AFTER_SEC"
        let lines = Situation.lines(Situation.watching("unhealthy", ["reasons": [.string(reason)]]), size.0, size.1)
        let text = lines.joined(separator: " ").split(separator: " ").joined(separator: " ")
        #expect(text.contains(reason), "\(lines.joined(separator: "\n"))")
    }

    @Test func ofManyReasonsEachHasItsBeginning() {
        let reasons = (1...3).map { JSON.string("reason \($0) " + String(repeating: "and more ", count: 20)) }
        let text = Situation.text(Situation.watching("unhealthy", ["reasons": .array(reasons)]))
        for number in 1...3 { #expect(text.contains("\n reason \(number) and")) }
    }

    @Test func aRefusalIsToldWhole() {
        var model = Situation.watching()
        let words =
            "refused (403): without RESTART_TOKEN only this machine may restart it, and not in prod; set it for both"
        model.apply(.restartAnswer(bot: 0, accepted: false, words: words))
        for (columns, rows) in [(80, 24), (60, 15)] {
            let lines = Situation.lines(model, columns, rows)
            #expect(lines.count == rows)
            let text = lines.suffix(3).joined(separator: " ").split(separator: " ").joined(separator: " ")
            #expect(text.contains("Casino Bot: " + words))
        }
    }

    @Test func theQuestionIsWhole() {
        for name in Hostile.names {
            var model = Situation.model()
            model.see("healthy", name: name)
            model.press(.character("r"))
            let last = Situation.lines(model).last ?? ""
            #expect(last.hasPrefix(" Restart "))
            #expect(last.hasSuffix("at localhost:8001 with RESTART_TOKEN? y/N"), "\(last)")
        }
    }

    @Test func withoutColourSignsAndWordsAreLeft() {
        let line = Frame.lines(
            Situation.watching("unhealthy"), .init(columns: 60, rows: 14), Style(colour: false, unicode: false))[1]
        #expect(line.plain.hasPrefix("  x UNHEALTHY "))
    }

    @Test func aPlainFrameHasEverythingAndNoEscapes() {
        var model = Situation.model(["a:1", "b:2"])
        model.see("degraded", bot: 0, name: "\u{1B}[31mRed")
        model.apply(.looked(bot: 1, Situation.silence))
        model.apply(.system(Situation.system))
        let text = Frame.plain(model, columns: 80, style: Style(colour: true, unicode: true))
        #expect(!text.contains("\u{1B}"))
        for words in ["DEGRADED", "UNREACHABLE", "payments", "97 % of 100 GiB", "[31mRed"] {
            #expect(text.contains(words))
        }
        #expect(text.split(separator: "\n").allSatisfy { Cells.width($0) ?? 99 <= 80 })
    }

    /// Figures that no bot has, but that any peer may send.
    @Test func impossibleFigures() {
        for number in [JSON.number(1e308), .number(-1e308), .integer(.max), .integer(.min), .integer(0)] {
            var changes: [String: JSON] = ["response_time_ms": ["p50": number, "p95": number, "max": number]]
            for key in ["uptime_seconds", "last_update_ago", "error_rate", "last_heartbeat_ago"] {
                changes[key] = number
            }
            if case .integer = number {
                changes["total_updates"] = number
                changes["total_errors"] = number
            }
            var model = Situation.watching()
            model.see("healthy", looks: 3, changes)
            model.see("healthy", looks: 1, ["total_updates": .integer(.max), "total_errors": .integer(.min)])
            #expect(Situation.lines(model).count == 24)
        }
    }
}
