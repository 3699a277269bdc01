import Testing

@testable import health_check

struct ScreenTests {
    private let size = Frame.Size(columns: 20, rows: 3)
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
}
