import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveLauncher

struct NoticeTests {
    @Test(
        arguments: [
            ("READY", "1", .ready), ("READY", "0", nil), ("STATUS", "a=b", .passedUp("STATUS=a=b")),
            ("EXTEND_TIMEOUT_USEC", "5", .extended(.microseconds(5))), ("EXTEND_TIMEOUT_USEC", "0", nil),
            ("EXTEND_TIMEOUT_USEC", "-5", nil), ("EXTEND_TIMEOUT_USEC", "+5", nil), ("EXTEND_TIMEOUT_USEC", "5s", nil),
            ("EXTEND_TIMEOUT_USEC", "", nil), ("EXTEND_TIMEOUT_USEC", "18446744073709551615", nil),
            ("EXTEND_TIMEOUT_USEC", "9223372036854775807", nil),
            ("EXTEND_TIMEOUT_USEC", "1", .extended(.microseconds(1))),
            ("EXTEND_TIMEOUT_USEC", "2592000000000", .extended(.seconds(2_592_000))),
            ("EXTEND_TIMEOUT_USEC", "2592000000001", nil), ("ERRNO", "2", .passedUp("ERRNO=2")),
            ("ERRNO", "x", nil), ("RELOADING", "1", .passedUp("RELOADING=1")), ("RELOADING", "2", nil),
            ("MONOTONIC_USEC", "12", .passedUp("MONOTONIC_USEC=12")), ("MONOTONIC_USEC", "", nil),
            ("BUSERROR", "org.a.Error", .passedUp("BUSERROR=org.a.Error")), ("BUSERROR", "a b", nil),
            ("BUSERROR", "", nil), ("BUSERROR", "a", .passedUp("BUSERROR=a")), ("BUSERROR", "é", nil),
            ("BUSERROR", "a_9", .passedUp("BUSERROR=a_9")),
            ("VARLINKERROR", "io.a.Error", .passedUp("VARLINKERROR=io.a.Error")), ("VARLINKERROR", "a;b", nil),
            ("X_KEEPALIVE_HANDOVER", "12.ab", .handover("12.ab")), ("X_KEEPALIVE_HANDOVER", "", nil),
            ("X_KEEPALIVE_HANDOVER", "a\nb", nil),
            ("STATUS", "a\u{1B}[31m\u{9B}b\u{202E}\tc\r", .passedUp("STATUS=a [31m b  c ")),
            ("STATUS", "", .passedUp("STATUS=")),
            ("STATUS", "a\u{2028}b\u{2029}c", .passedUp("STATUS=a b c")), ("X_KEEPALIVE_HOST", "[::1]", .host("[::1]")),
            ("NOTIFYACCESS", "all", nil), ("FDSTORE", "1", nil),
            ("FDSTOREREMOVE", "1", nil), ("FDNAME", "x", nil), ("BARRIER", "1", nil), ("STOPPING", "1", .stopping),
            ("STOPPING", "0", nil),
            ("MAINPIDFDID", "1", nil), ("WATCHDOG", "1", .alive), ("WATCHDOG", "trigger", .stuck),
            ("WATCHDOG", "2", nil), ("WATCHDOG_USEC", "1500", .watchdogTimeout(.microseconds(1500))),
            ("WATCHDOG_USEC", "0", nil), ("WATCHDOG_USEC", "-1", nil), ("WATCHDOG_USEC", "soon", nil),
            ("X_KEEPALIVE_PORT", "8002", .port(8002)), ("X_KEEPALIVE_PORT", "1", .port(1)),
            ("X_KEEPALIVE_PORT", "65535", .port(65_535)),
            ("X_KEEPALIVE_PORT", "0", .noPort("0")), ("X_KEEPALIVE_PORT", "65536", .noPort("65536")),
            ("X_KEEPALIVE_PORT", "+80", .noPort("+80")), ("X_KEEPALIVE_PORT", "", .noPort("")),
            ("X_KEEPALIVE_PORT", "99999999999999999999", .noPort("99999999999999999999")),
            ("X_KEEPALIVE_PORT", "a\u{1B}b", .noPort("a b")),
            ("X_KEEPALIVE_HOST", "::1", .host("::1")), ("X_KEEPALIVE_HOST", "a-b.example", .host("a-b.example")),
            ("X_KEEPALIVE_HOST", "fe80::1%eth0", .host("fe80::1%eth0")), ("X_KEEPALIVE_HOST", "", nil),
            ("X_KEEPALIVE_HOST", "a\u{1B}[31m", nil), ("X_KEEPALIVE_HOST", "a\rX-Other: b", nil),
            ("X_KEEPALIVE_HOST", "a b", nil), ("X_KEEPALIVE_HOST", "a/b", nil), ("MAINPID", "1", nil), ("", "", nil),
        ] as [(String, String, Notice?)])
    func meaning(name: String, value: String, expected: Notice?) {
        #expect(Notice(name: name, value: value) == expected)
    }

    @Test(arguments: [(255, true), (256, false)])
    func anIdentifierHasALongestLength(count: Int, isTaken: Bool) {
        #expect((Notice(name: "BUSERROR", value: String(repeating: "a", count: count)) != nil) == isTaken)
    }

    @Test func aWrongPortIsShownUpToItsSixtiethByte() {
        #expect(
            Notice(name: "X_KEEPALIVE_PORT", value: String(repeating: "x", count: 61))
                == .noPort(String(repeating: "x", count: 61).cut(toBytes: 60)))
        let whole = String(repeating: "x", count: 60)
        #expect(Notice(name: "X_KEEPALIVE_PORT", value: whole) == .noPort(whole))
    }

    @Test func aLongStatusIsCut() {
        guard case .passedUp(let text) = Notice(name: "STATUS", value: String(repeating: "é", count: 9000)) else {
            Issue.record("no status")
            return
        }
        #expect((1000...1020).contains(text.utf8.count))
        #expect(text.hasSuffix("é…"))
        let whole = String(repeating: "x", count: 1001)
        #expect(Notice(name: "STATUS", value: whole) == .passedUp("STATUS=\(whole)"))
        #expect(Notice(name: "STATUS", value: whole + "x") == .passedUp("STATUS=\(whole)…"))
    }
}
