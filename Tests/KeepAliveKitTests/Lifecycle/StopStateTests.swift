import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

/// The deadlines of a stop and of a restart; no process ends here, and no time passes.
@Suite(.timeLimit(.minutes(1)))
struct StopStateTests {
    private let codes = EventLog<Int32>()
    private let mailbox: Mailbox
    private let stop: StopState
    private let loop: AutoRestart

    init() throws {
        mailbox = try Mailbox()
        stop = StopState(timeout: .seconds(10), end: { [codes] in codes.append($0) }, tell: { _ in })
        loop = AutoRestart()
        stop.connect(loop)
        stop.connect(mailbox)
    }

    /// Comes to every deadline that was set; how many there were.
    @discardableResult
    private func letTimePass() -> Int {
        mailbox.drain().messages.count { message in
            guard case .schedule(_, _, let action) = message else { return false }
            action()
            return true
        }
    }

    @Test func aBodyThatDoesNotEndIsEndedWithItsProcess() {
        stop.bodyStarted()
        #expect(stop.restart())
        letTimePass()
        #expect(codes.elements == [75])
    }

    @Test func askingAgainPutsNoDeadlineOff() {
        stop.bodyStarted()
        #expect(stop.restart())
        #expect(stop.restart())
        #expect(letTimePass() == 1)
        #expect(codes.elements == [75])
    }

    @Test func aBodyThatEndedInTimeCostsNoProcess() {
        stop.bodyStarted()
        #expect(stop.restart())
        stop.bodyEnded()
        #expect(letTimePass() == 1)
        stop.bodyStarted()
        #expect(stop.restart())
        stop.bodyEnded()
        // The next body runs already when the deadline comes.
        stop.bodyStarted()
        #expect(letTimePass() == 1)
        #expect(codes.elements == [])
    }

    @Test func aWaitThatIsCutShortHasNoDeadline() {
        stop.bodyStarted()
        stop.bodyEnded()
        #expect(stop.restart())
        stop.bodyStarted()
        #expect(letTimePass() == 0)
        #expect(codes.elements == [])
    }

    @Test func theProcessEndsWhateverTheBodyDoes() {
        let health = HealthMonitor()
        stop.bodyStarted()
        stop.stop(by: "SIGTERM", health: health)
        #expect(!stop.restart())
        #expect(letTimePass() == 1)
        #expect(codes.elements == [0])
        stop.stop(by: "shutdown requested", health: health)
        #expect(letTimePass() == 0, "asking twice is once")
    }

    /// Between the bot's end and the process's, nothing waits for ever either.
    @Test func whatIsLeftOfTheProgramIsBoundedToo() {
        stop.stop(by: "SIGTERM", health: HealthMonitor())
        stop.disconnect(endingWith: 70)
        let times = mailbox.drain().messages.compactMap { message -> MonotonicTime? in
            guard case .schedule(.shutdown, let time, let action) = message else { return nil }
            action()
            return time
        }
        #expect(codes.elements == [0, 70])
        #expect(times[0] <= times[1], "the body's time is not taken from it")
    }

    @Test func aProgramThatGoesOnHasNoDeadline() {
        stop.stop(by: "shutdown requested", health: HealthMonitor())
        stop.disconnect(endingWith: nil)
        let isCancelled = mailbox.drain().messages.contains {
            if case .cancel(.shutdown) = $0 { true } else { false }
        }
        #expect(isCancelled)
    }
}
