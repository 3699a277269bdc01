import KeepAliveKit
import Testing

@testable import launcher

struct NoticeTests {
    @Test(
        arguments: [
            ("READY", "1", .ready), ("READY", "0", nil), ("STATUS", "a=b", .passedUp("STATUS=a=b")),
            ("EXTEND_TIMEOUT_USEC", "5", .passedUp("EXTEND_TIMEOUT_USEC=5")), ("ERRNO", "2", .passedUp("ERRNO=2")),
            ("WATCHDOG", "1", .alive), ("WATCHDOG", "trigger", .stuck), ("WATCHDOG", "2", nil),
            ("WATCHDOG_USEC", "1500", .watchdogTimeout(.microseconds(1500))), ("WATCHDOG_USEC", "0", nil),
            ("WATCHDOG_USEC", "-1", nil), ("WATCHDOG_USEC", "soon", nil), ("X_KEEPALIVE_PORT", "8002", .port(8002)),
            ("X_KEEPALIVE_PORT", "70000", .port(nil)), ("X_KEEPALIVE_HOST", "::1", .host("::1")), ("MAINPID", "1", nil),
            ("", "", nil),
        ] as [(String, String, Notice?)])
    func meaning(name: String, value: String, expected: Notice?) {
        #expect(Notice(name: name, value: value) == expected)
    }
}
