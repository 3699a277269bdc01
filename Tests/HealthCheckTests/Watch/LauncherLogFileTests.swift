import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthCheck

#if os(Linux)
    /// The log that a process has open, as /proc shows it.
    @Suite(.timeLimit(.minutes(2)))
    struct LauncherLogFileTests {
        private let folder: TemporaryDirectory

        init() throws { folder = try TemporaryDirectory() }

        /// What is read of the log of a process of its own: others in this one may have such a log open too.
        private func lines(named name: String, _ text: String) async throws -> (process: Int32, lines: [String]) {
            let path = try folder.write(text, to: name).path
            let child = try ChildProcess(
                executable: "/bin/sh", arguments: ["-c", "exec 9<\"$0\"; echo it is open; exec sleep 600", path])
            defer { child.signal(SIGKILL) }
            try await child.waitForLine(containing: "it is open")
            return (child.processID, LauncherLogFile(process: child.processID).lines())
        }

        @Test func aShortLogIsReadWhole() async throws {
            #expect(try await lines(named: "bot_launcher.log", "one\ntwo\nthree\n").lines == ["one", "two", "three"])
        }

        /// Its beginning is cut somewhere within a line, which is left out.
        @Test func ofALongLogTheLastWholeLinesAreRead() async throws {
            let all = (1...1000).map { "line \($0) " + String(repeating: "x", count: 90) }
            let found = try await lines(named: "bot_launcher.log", all.joined(separator: "\n") + "\n").lines
            #expect((600...700).contains(found.count))
            #expect(found == Array(all.suffix(found.count)))
        }

        @Test func anotherFileIsNoLog() async throws {
            let (process, found) = try await lines(named: "other.log", "one\n")
            #expect(found == ["process \(process), the launcher, has no bot_launcher.log open"])
        }
    }
#endif
