import KeepAliveToolSupport
import Testing

@testable import KeepAliveToolSupport

struct NotifyMessageTests {
    @Test(arguments: [
        ("READY=1", ["READY=1"]),
        ("READY=1\nSTATUS=all = well\n", ["READY=1", "STATUS=all = well"]),
        ("\n\nA=\n", ["A="]),
        ("", []),
        ("no assignment\nB=2", ["B=2"]),
        ("=x", ["=x"]),
        ("A=1\nA=2", ["A=1", "A=2"]),
        // The line end is one byte (sd_notify(3)), whatever precedes it.
        ("STATUS=x\r\nREADY=1", ["STATUS=x\r", "READY=1"]),
        // A zero byte ends a C string, and cannot be part of one.
        ("READY=1\0", ["READY=1"]), ("READY=1\n\0", ["READY=1"]), ("STATUS=a\0READY=1", []), ("\0", []),
        ("STATUS=\u{301}x", ["STATUS=\u{301}x"]),
    ])
    func parse(text: String, expected: [String]) {
        let found = NotifyMessage(text).assignments.map { "\($0.name)=\($0.value)" }
        #expect(found.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
    }

    @Test func theLastValueCounts() {
        let message = NotifyMessage("A=1\nB=2\nA=3")
        #expect(message["A"] == "3")
        #expect(message["B"] == "2")
        #expect(message["C"] == nil)
        #expect(message == NotifyMessage("A=1\nB=2\nA=3\n"))
        #expect(message != NotifyMessage("A=1\nB=2"))
        #expect(message != NotifyMessage("A=1\nA=3\nB=2"))
    }
}
