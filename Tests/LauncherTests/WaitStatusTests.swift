import Foundation
import KeepAlivePlatform
import Testing

@testable import KeepAliveLauncher

struct WaitStatusTests {
    @Test(
        arguments: [
            (0, WaitStatus.exited(0), 0, "exit code 0"),
            (1 << 8, .exited(1), 1, "exit code 1"),
            (255 << 8, .exited(255), 255, "exit code 255"),
            (
                SIGKILL, .signaled(SIGKILL, coreDumped: false), 137,
                "SIGKILL (killed by a person, a program or the kernel when memory ran out)"
            ),
            (SIGTERM, .signaled(SIGTERM, coreDumped: false), 143, "SIGTERM"),
            (
                SIGSEGV | 0x80, .signaled(SIGSEGV, coreDumped: true), 139,
                "SIGSEGV (segmentation fault), core dumped"
            ),
            (
                SIGILL, .signaled(SIGILL, coreDumped: false), 132,
                "SIGILL (illegal instruction, as Swift's traps raise it)"
            ),
            (40, .signaled(40, coreDumped: false), 168, "signal 40"),
            (64, .signaled(64, coreDumped: false), 192, "signal 64"),
        ] as [(Int32, WaitStatus, Int32, String)])
    func decodes(raw: Int32, status: WaitStatus, code: Int32, words: String) {
        let found = WaitStatus(raw: raw)
        #expect(found == status)
        #expect(found.exitCode == code)
        #expect(found.words == words)
    }

    @Test func onlyAFaultOfTheProgramIsACrash() {
        for signal in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS] {
            #expect(WaitStatus.signaled(signal, coreDumped: false).isCrash, "\(signal)")
        }
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGTERM, SIGPIPE] {
            #expect(!WaitStatus.signaled(signal, coreDumped: true).isCrash, "\(signal)")
        }
        #expect(!WaitStatus.exited(SIGABRT).isCrash && !WaitStatus.killedByLauncher.isCrash)
    }

    @Test func theLaunchersOwnKill() {
        #expect(WaitStatus.killedByLauncher.exitCode == 137)
        #expect(WaitStatus.killedByLauncher.signal == SIGKILL)
        #expect(WaitStatus.exited(9).signal == nil)
    }

    @Test(arguments: [("exit 7", WaitStatus.exited(7)), ("kill -TERM $$", .signaled(SIGTERM, coreDumped: false))])
    func decodesWhatTheKernelSays(script: String, expected: WaitStatus) throws {
        let child = try ChildProcess(
            executable: "/bin/sh", arguments: ["-c", script].map { Array($0.utf8) }, environment: [:])
        #expect(WaitStatus(raw: Children.wait(for: child.processID)) == expected)
    }
}
