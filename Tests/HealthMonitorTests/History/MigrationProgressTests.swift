import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// What a person sees of a migration.
struct MigrationProgressTests {
    private let lines = EventLog<String>()

    private func progress(isTerminal: Bool) -> MigrationProgress {
        MigrationProgress(isTerminal: isTerminal) { [lines] in lines.append($0) }
    }

    /// In a log it stands once for each tenth.
    @Test func aLogHasALineForEachTenth() {
        let progress = progress(isTerminal: false)
        for done in [0, 19, 20, 39, 40, 200] { progress.show(done, of: 200) }
        progress.end()
        #expect(
            lines.elements == [
                "0 %: 0 of 200 checks\n", "10 %: 20 of 200 checks\n", "20 %: 40 of 200 checks\n",
                "100 %: 200 of 200 checks\n",
            ])
    }

    @Test func aTerminalHasABar() {
        let progress = progress(isTerminal: true)
        for done in [0, 1, 1, 3] { progress.show(done, of: 4) }
        progress.end()
        let bars = [0, 10, 30].map { String(repeating: "#", count: $0) + String(repeating: "-", count: 40 - $0) }
        #expect(
            lines.elements == [
                "\r[\(bars[0])] 0 %, 0 of 4 checks", "\r[\(bars[1])] 25 %, 1 of 4 checks",
                "\r[\(bars[2])] 75 %, 3 of 4 checks", "\n",
            ])
    }

    /// A file of the output must not hold what rewrites a line.
    @Test func withoutATerminalThereIsNoBar() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let progress = MigrationProgress()
            progress.show(2, of: 2)
            progress.end()
        }
        let errors = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(errors.contains("100 %: 2 of 2 checks\n") && !errors.contains("\r"), "\(errors)")
    }

    /// Without checks there is nothing to wait for.
    @Test func nothingIsAllOfNothing() {
        progress(isTerminal: false).show(0, of: 0)
        #expect(lines.elements == ["100 %: 0 of 0 checks\n"])
    }
}
