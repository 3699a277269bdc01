import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

struct BootClockTests {
    @Test func bothFormsAreOneClock() {
        let before = BootClock.now()
        let nanoseconds = BootClock.nanoseconds
        let after = BootClock.now()
        #expect(before.saturatedNanoseconds <= Int64(clamping: nanoseconds))
        #expect(Int64(clamping: nanoseconds) <= after.saturatedNanoseconds)
        #expect(before > .zero)
    }

    @Test func aSleepEndsAtItsTime() async throws {
        let end = BootClock.nanoseconds + 20_000_000
        try await BlockingWork.run {
            BootClock.sleep(until: 0)
            BootClock.sleep(until: end)
        }
        #expect(BootClock.nanoseconds >= end)
    }

    /// A later process compares it with its own.
    @Test func aBootHasOneLineOfText() {
        #expect(!BootClock.identity.isEmpty)
        #expect(!BootClock.identity.contains { $0.isNewline })
        guard let text = ProcFile.text("/proc/sys/kernel/random/boot_id") else { return }
        #expect(text == BootClock.identity + "\n")
    }
}
