import Testing

@testable import KeepAliveCasinoBot

struct MigrationProgressTests {
    @Test(
        arguments: [
            (0, 0, 20), (0, 10, 0), (1, 21, 0), (1, 20, 1), (5, 10, 10), (19, 20, 19), (99, 100, 19), (10, 10, 20),
            // More than were counted.
            (11, 10, 20),
        ] as [(Int64, Int64, Int)])
    func aBarOfTwenty(rows: Int64, count: Int64, filled: Int) {
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled)
        #expect(MigrationProgress.line("entries", rows, count) == "entries [\(bar)] \(rows) of \(count)")
    }
}
