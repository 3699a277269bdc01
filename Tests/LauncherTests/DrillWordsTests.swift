import Testing

@testable import KeepAliveLauncher

struct DrillWordsTests {
    @Test(
        arguments: [
            (0, "0.0 ms"), (99, "0.0 ms"), (100, "0.1 ms"), (1999, "1.9 ms"), (12_345, "12.3 ms"),
            (999_999, "999.9 ms"), (1_000_000, "1 s"),
        ] as [(Int64, String)])
    func aRecoveryIsToldToATenthOfAMillisecond(microseconds: Int64, words: String) {
        #expect(Drill.words(.microseconds(microseconds)) == words)
    }
}
