import KeepAliveLease
import Testing

@testable import KeepAliveLauncher

/// What `launcher handover` reads of the status file.
@Suite struct HandoverLogTests {
    @Test func `two who ask at once both learn how it ends`() {
        var log = HandoverLog()
        log.began("R1")
        log.began("R2")
        log.note(.offering(until: .zero), grace: .seconds(8))
        #expect(HandoverLog.outcome(of: "R1", in: log.text) == .waits(seconds: 5))
        #expect(HandoverLog.outcome(of: "R2", in: log.text) == .waits(seconds: 5))
        log.note(.passing(heir: "beta"), grace: .seconds(8))
        #expect(HandoverLog.outcome(of: "R2", in: log.text) == .waits(seconds: 13))
        log.ended(isDone: true, "the lease was passed on")
        for request in ["R1", "R2"] {
            #expect(HandoverLog.outcome(of: request, in: log.text) == .done("the lease was passed on"))
        }
        #expect(HandoverLog.outcome(of: "R3", in: log.text) == nil)
    }

    @Test func `two who are refused in one turn both find it`() {
        var log = HandoverLog()
        for request in ["R1", "R2"] {
            log.began(request)
            log.ended(isDone: false, "a | b")
        }
        #expect(HandoverLog.outcome(of: "R1", in: log.text) == .failed("a / b"))
        #expect(HandoverLog.outcome(of: "R2", in: log.text) == .failed("a / b"))
    }

    /// The status file cuts a long line at its end.
    @Test func `the latest result stands first`() {
        var log = HandoverLog()
        for request in ["R1", "R2"] {
            log.began(request)
            log.ended(isDone: true, "x")
        }
        log.began("R3")
        log.note(.offering(until: .zero), grace: .seconds(8))
        #expect(log.text == "R3 waits 5|R2 done x|R1 done x")
    }

    /// A script on several terminals; beyond these numbers the line would not fit into the status.
    @Test func `eight may ask at once, and the last four results stay`() {
        let requests = (1...8).map { "R\($0)" }
        var log = HandoverLog()
        for request in requests + ["R9"] { log.began(request) }
        log.note(.offering(until: .zero), grace: .seconds(8))
        for request in requests { #expect(HandoverLog.outcome(of: request, in: log.text) == .waits(seconds: 5)) }
        #expect(HandoverLog.outcome(of: "R9", in: log.text) == nil)
        var refused = HandoverLog()
        for request in requests {
            refused.began(request)
            refused.ended(isDone: false, "no")
        }
        for request in requests.suffix(4) {
            #expect(HandoverLog.outcome(of: request, in: refused.text) == .failed("no"))
        }
        #expect(HandoverLog.outcome(of: "R4", in: refused.text) == nil)
    }

    @Test(arguments: ["", "|", "R1", "R1 done", "R1 waits x", "R1 shrugs a"])
    func `a line that says nothing is nothing`(_ text: String) {
        #expect(HandoverLog.outcome(of: "R1", in: text) == nil)
    }
}
