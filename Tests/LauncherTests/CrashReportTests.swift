import Foundation
import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveLauncher

struct CrashReportTests {
    private func text(_ status: WaitStatus, reason: String? = nil, backtrace: String? = nil) -> String {
        CrashReport(
            time: WallTime(microseconds: 1_768_838_847_123_456), status: status, reason: reason, processID: 42,
            uptime: .milliseconds(1500), lastLines: ["one", "two"],
            backtrace: backtrace
        ).text
    }

    @Test func ofASignal() {
        let report = text(.signaled(SIGSEGV, coreDumped: true), reason: "it hung", backtrace: "Thread 0:\n0 main")
        #expect(
            report == """
                time: 2026-01-19T16:07:27.123456Z
                ended with: SIGSEGV (segmentation fault), core dumped
                process: 42
                uptime: 1.5 s
                signal: \(SIGSEGV)
                reason: it hung

                last log lines:
                  one
                  two

                backtrace:
                Thread 0:
                0 main

                """)
    }

    @Test func ofAnExitCode() {
        let report = text(.exited(3))
        #expect(report.contains("\nexit code: 3\n"))
        #expect(!report.contains("signal:"))
        #expect(!report.contains("reason:"))
        #expect(report.contains("\nbacktrace:\n  none: "))
    }
}
