import Testing

@testable import KeepAliveHealthCheck

struct SparklineTests {
    private let style = Style(colour: true, unicode: true)

    @Test func scalesToTheLargest() {
        let line = Sparkline([0, 1, 2, 4, 8], width: 5, style: style)
        #expect(line.rows == ["  ⢀⣀⣼"])
    }

    @Test func newestAtTheRightWithGaps() {
        #expect(Sparkline([1, nil, 1], width: 6, style: style).rows == ["    ⢸⢸"])
        #expect(Sparkline([8, 1, 1], width: 1, style: style).rows == ["⣿"])
        // The console of Linux has no braille.
        #expect(
            Sparkline([8, 1, 1], width: 2, style: Style(environment: ["LANG": "C.UTF-8", "TERM": "linux"])).rows == [
                "##"
            ])
    }

    @Test func severalRows() {
        #expect(Sparkline([0, 8, 16], width: 3, height: 2, style: style).rows == ["  ⢸", " ⢀⣿"])
    }

    @Test func ascii() {
        #expect(Sparkline([0, 8], width: 2, style: Style(colour: false, unicode: false)).rows == ["_#"])
    }

    private static let plotless: [[Double?]] = [[], [nil], [.nan, .infinity, -.infinity, -5], [0, 0]]

    @Test(arguments: plotless)
    func nothingToPlot(values: [Double?]) {
        for width in [-1, 0, 1, 10] {
            let rows = Sparkline(values, width: width, height: 3, style: style).rows
            #expect(rows.count == 3)
            #expect(rows.allSatisfy { $0.count == max(0, width) })
        }
    }

    @Test(arguments: [
        ("HEALTHY", true), ("DEGRADED", true), ("UNHEALTHY", true), ("UNREACHABLE", true), ("NOT THE BOT", true),
        ("STANDBY", true),
        ("ASKING", false),
    ])
    func bigLettersForEveryStatus(word: String, isThere: Bool) {
        let rows = BigText.rows(word)
        #expect((rows != nil) == isThere)
        #expect(Set(rows?.map(\.count) ?? []).count <= 1)
    }
}
