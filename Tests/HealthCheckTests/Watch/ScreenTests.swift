import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthCheck

struct ScreenTests {
    private let size = Terminal.Size(columns: 20, rows: 3)
    private let style = Style(colour: true, unicode: true)

    private func lines(_ texts: String..., columns: Int = 20) -> [Line] {
        texts.map { text in
            var line = Line(columns, style)
            line.add(text)
            return line
        }
    }

    @Test func drawsOnlyWhatChanged() {
        var screen = Screen()
        let first = screen.update(lines("one", "two", "three"), size)
        #expect(
            first
                == "\u{1B}[?2026h\u{1B}[2J\u{1B}[1;1Hone\u{1B}[K\u{1B}[2;1Htwo\u{1B}[K\u{1B}[3;1Hthree\u{1B}[K\u{1B}[?2026l"
        )
        #expect(screen.update(lines("one", "two", "three"), size) == "")
        #expect(screen.update(lines("one", "2", "three"), size) == "\u{1B}[?2026h\u{1B}[2;1H2\u{1B}[K\u{1B}[?2026l")
    }

    @Test func drawsOnlyTheCellsThatChanged() {
        var screen = Screen()
        let size = Terminal.Size(columns: 40, rows: 1)
        _ = screen.update(lines("count 1 of 9 and so on, clock 10:00:01", columns: 40), size)
        let text = screen.update(lines("count 2 of 9 and so on, clock 10:00:02", columns: 40), size)
        #expect(text == "\u{1B}[?2026h\u{1B}[1;7H2\u{1B}[1;38H2\u{1B}[?2026l")
        // Rewriting a few equal cells is cheaper than skipping them.
        let near = screen.update(lines("count 3 of 8 and so on, clock 10:00:02", columns: 40), size)
        #expect(near == "\u{1B}[?2026h\u{1B}[1;7H3 of 8\u{1B}[?2026l")
    }

    @Test func aRowWithWideLettersIsDrawnWhole() {
        var screen = Screen()
        _ = screen.update(lines("漢字 1"), .init(columns: 20, rows: 1))
        #expect(screen.update(lines("漢字 2"), .init(columns: 20, rows: 1)).contains("\u{1B}[1;1H漢字 2\u{1B}[K"))
    }

    /// Whatever was on the terminal before, it shows the frame.
    @Test(arguments: [(80, 24), (40, 10), (120, 40), (39, 12)])
    func theTerminalShowsTheFrame(columns: Int, rows: Int) {
        let size = Terminal.Size(columns: columns, rows: rows)
        var screen = Screen()
        var terminal = Glass(columns: columns, rows: rows)
        var model = Situation.model(["a:1", "b:2", "c:3"])
        func check() {
            let lines = Frame.lines(model, size, style)
            terminal.write(screen.update(lines, size))
            #expect(terminal.rows == lines.map(\.plain))
        }
        check()
        for (number, name) in Hostile.names.enumerated() {
            let status = ["healthy", "degraded", "unhealthy"][number % 3]
            model.see(status, bot: number % 3, name: name, looks: 2, ["reasons": [.string(name)]])
            check()
            let keys: [Key] = [
                .down, .enter, .character("s"), .character("r"), .character("n"), .character("?"), .escape,
            ]
            model.press(keys[number % keys.count])
            check()
            model.apply(.looked(bot: 1, Situation.silence))
            check()
        }
    }

    @Test func drawsEverythingAfterAResizeOrAStop() {
        var screen = Screen()
        _ = screen.update(lines("one"), size)
        #expect(screen.update(lines("one"), .init(columns: 21, rows: 3)).contains("\u{1B}[2J\u{1B}[1;1Hone"))
        screen.forget()
        #expect(screen.update(lines("one"), .init(columns: 21, rows: 3)).contains("\u{1B}[2J\u{1B}[1;1Hone"))
    }

    @Test func aFullRowIsNotErasedBehind() {
        var screen = Screen()
        let text = screen.update(lines("12345", columns: 5), .init(columns: 5, rows: 1))
        #expect(text.hasSuffix("12345\u{1B}[?2026l"))
    }

    @Test func coloursEndWithTheirText() {
        var line = Line(20, style)
        line.add("a", .good)
        line.add("b", .good)
        line.add("c")
        line.add("d", .bad)
        #expect(line.rendered == "\u{1B}[32mab\u{1B}[0mc\u{1B}[1;31md\u{1B}[0m")
    }

    /// Moving the cursor takes about as many bytes as eight cells.
    @Test func betweenNearChangesTheCellsAreDrawnAgain() {
        func change(apart count: Int) -> String {
            var screen = Screen()
            let size = Terminal.Size(columns: 40, rows: 1)
            let equal = String(repeating: "-", count: count)
            _ = screen.update(lines("a\(equal)a", columns: 40), size)
            return screen.update(lines("b\(equal)b", columns: 40), size)
        }
        #expect(change(apart: 8) == "\u{1B}[?2026h\u{1B}[1;1Hb--------b\u{1B}[?2026l")
        #expect(change(apart: 9) == "\u{1B}[?2026h\u{1B}[1;1Hb\u{1B}[1;11Hb\u{1B}[?2026l")
    }

    /// What has not changed stays.
    @Test func aShorterRowIsErasedBehindItsEnd() {
        var screen = Screen()
        _ = screen.update(lines("abcd"), .init(columns: 20, rows: 1))
        let text = screen.update(lines("xb"), .init(columns: 20, rows: 1))
        #expect(text == "\u{1B}[?2026h\u{1B}[1;1Hx\u{1B}[1;3H\u{1B}[K\u{1B}[?2026l")
    }
}
