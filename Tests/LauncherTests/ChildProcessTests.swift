import Foundation
import KeepAlivePlatform
import Testing

@testable import KeepAliveLauncher

/// The bot's process, as the launcher starts, reads and signals it.
struct ChildProcessTests {
    private func shell(_ script: String) throws -> ChildProcess {
        try ChildProcess(
            executable: "/bin/sh", arguments: ["-c", script].map { Array($0.utf8) },
            environment: ["PATH": "/usr/bin:/bin"])
    }

    /// All that an ended program wrote; nil if the output does not end.
    private func output(of child: ChildProcess) throws -> String? {
        Children.wait(for: child.processID)
        var buffer = [UInt8](repeating: 0, count: 4096)
        var text: [UInt8] = []
        for _ in 0..<1000 {
            // A child of another test may hold the pipe until its exec.
            var poller = Poller()
            poller.add(child.outputRaw, read: true, write: false)
            try poller.wait(until: nil)
            guard let bytes = child.readOutput(into: &buffer) else { return String(decoding: text, as: UTF8.self) }
            text += bytes
        }
        return nil
    }

    @Test func bothStreamsAreReadToTheirEnd() throws {
        let child = try shell("echo one; echo two >&2")
        #expect(try output(of: child) == "one\ntwo\n")
    }

    @Test func theTimeOfAnEndedBotStandsStill() throws {
        let child = try shell("exit 0")
        Children.wait(for: child.processID)
        child.ended = child.started.advanced(by: .seconds(5))
        #expect(child.uptime == .seconds(5))
    }

    /// Its number may be another process's by then. The first signal that arrives is the one that ends it.
    @Test func anEndedBotGetsNoSignal() throws {
        let first = try shell("exec sleep 1000")
        first.ended = .now()
        first.signal(SIGTERM)
        first.ended = nil
        first.killGroup()
        #expect(WaitStatus(raw: Children.wait(for: first.processID)) == .signaled(SIGKILL, coreDumped: false))
        let second = try shell("exec sleep 1000")
        second.ended = .now()
        second.killGroup()
        second.ended = nil
        second.signal(SIGTERM)
        #expect(WaitStatus(raw: Children.wait(for: second.processID)) == .signaled(SIGTERM, coreDumped: false))
    }

    #if os(Linux)
        /// Whether SIGSTOP has stopped it (proc(5)).
        private func isStopped(_ child: ChildProcess) throws -> Bool {
            let stat = try String(contentsOfFile: "/proc/\(child.processID)/stat", encoding: .utf8)
            return stat.drop { $0 != ")" }.hasPrefix(") T ")
        }

        /// A stopped bot would not receive what ends it; the other signals are the bot's own.
        @Test(arguments: [(SIGUSR1, true), (SIGUSR2, true), (SIGTERM, false), (SIGABRT, false)])
        func onlyABotThatMustEndIsContinued(signal: Int32, staysStopped: Bool) throws {
            let child = try shell("exec sleep 1000")
            _ = kill(child.processID, SIGSTOP)
            // Returns once it has stopped, and does not reap it.
            var status: Int32 = 0
            while unsafe waitpid(child.processID, &status, WUNTRACED) < 0, errno == EINTR {}
            #expect(try isStopped(child))
            child.signal(signal)
            #expect(try isStopped(child) == staysStopped)
            child.killGroup()
            Children.wait(for: child.processID)
        }

        /// Many programs fail at a full pipe that does not block.
        @Test func itsOutputBlocks() throws {
            let child = try shell("cat /proc/self/fdinfo/1")
            let text = try #require(try output(of: child))
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("flags:") })
            let flags = try #require(line.split(separator: "\t").last.flatMap { Int32($0, radix: 8) })
            #expect(flags & O_NONBLOCK == 0)
        }
    #endif
}
