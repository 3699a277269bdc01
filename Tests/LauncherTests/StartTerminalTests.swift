import KeepAlivePlatform
import Testing

@testable import KeepAliveLauncher

struct StartTerminalTests {
    private let start = MonotonicTime.now()

    private func at(_ seconds: Int64) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    @Test func aHangUpAtItsEndIsItsOwn() {
        var terminal = StartTerminal(isThere: true)
        terminal.look(at: at(0)) { true }
        #expect(!terminal.isClosing(at: at(0)))
        terminal.look(at: at(5)) { false }
        #expect(terminal.isClosing(at: at(5)))
    }

    /// A job that its shell gave up (disown) outlives the terminal.
    @Test func aLaterOneIsAPersons() {
        var terminal = StartTerminal(isThere: true)
        terminal.look(at: at(5)) { false }
        terminal.look(at: at(14)) { false }
        #expect(terminal.isClosing(at: at(15)))
        #expect(!terminal.isClosing(at: at(16)))
    }

    @Test func whoHadNoneLosesNone() {
        var terminal = StartTerminal(isThere: false)
        terminal.look(at: at(5)) { false }
        #expect(!terminal.isClosing(at: at(5)))
    }
}
