import Foundation
import Testing

@testable import KeepAliveTestSupport

@Suite(.timeLimit(.minutes(1)))
struct ChildProcessTests {
    private func shell(
        _ script: String, environment: [String: String]? = nil, workingDirectory: String? = nil
    ) throws -> ChildProcess {
        try ChildProcess(
            executable: "/bin/sh", arguments: ["-c", script], environment: environment,
            workingDirectory: workingDirectory)
    }

    @Test func collectsBothStreams() async throws {
        let child = try shell("echo out; echo err >&2; printf rest; exit 3")
        #expect(await child.wait() == .exited(3))
        #expect(child.output == "out\nerr\nrest")
        #expect(try await child.waitForLine(containing: "re") == "rest")
        #expect(child.status == .exited(3))
        #expect(!child.signal(SIGTERM))
    }

    @Test func awaitsLines() async throws {
        let child = try shell(
            "echo ready 1; trap 'echo got TERM; exit 7' TERM; echo ready 2; while :; do sleep 1; done")
        #expect(try await child.waitForLine(containing: "ready", occurrence: 2) == "ready 2")
        #expect(child.status == nil)
        // The whole group, because the shell might first wait for its sleep to end.
        child.signalGroup(SIGTERM)
        try await child.waitForLine(containing: "got TERM")
        #expect(await child.wait() == .exited(7))
    }

    @Test func saysWhatItPrintedWhenItEndsEarly() async throws {
        let child = try shell("echo nothing of the kind")
        let failure = await #expect(throws: ChildProcess.Failure.self) {
            try await child.waitForLine(containing: "ready")
        }
        #expect(failure?.description.contains("nothing of the kind") == true)
    }

    @Test func reportsSignals() async throws {
        let child = try shell("echo ready; exec sleep 100")
        try await child.waitForLine(containing: "ready")
        #expect(await child.stop(SIGKILL) == .signaled(SIGKILL))
    }

    @Test func setsEnvironmentAndFolder() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("here", to: "it's a file")
        let child = try shell(
            "echo \"$A-$HOME\"; cat \"it's a file\"", environment: ["A": "b", "PATH": "/usr/bin:/bin"],
            workingDirectory: folder.path)
        #expect(await child.wait() == .exited(0))
        #expect(child.output == "b-\nhere")
    }

    @Test func refusesWhatIsNoProgram() {
        #expect(throws: SystemFailure.self) { try ChildProcess(executable: "/nonexistent/program") }
        #expect(throws: ChildProcess.Failure.self) { try ChildProcess.product("no-such-product") }
    }

    @Test func endsTheGroupWithTheObject() async throws {
        var child: ChildProcess? = try shell("sleep 100 & echo ready; wait")
        try await child?.waitForLine(containing: "ready")
        let group = try #require(child?.processID)
        child = nil
        // The leader is reaped by now; its child is dead, and disappears once the adopter of orphans reaps it.
        #expect(kill(group, 0) != 0)
    }

    @Test func endsALeftoverThatHoldsTheOutput() async throws {
        let child = try shell("sleep 100 & echo done")
        #expect(await child.wait() == .exited(0))
        #expect(child.output == "done\n")
    }

    @Test func childrenDoNotHoldSockets() async throws {
        let telegram = try FakeTelegram()
        let raw = try RawClient(port: telegram.port)
        let listener = try #require(OpenListener(port: telegram.port))
        let child = try shell("echo ready; exec sleep 100")
        try await child.waitForLine(containing: "ready")
        telegram.shutDown()
        #expect(try raw.readAll().isEmpty)
        #expect(!listener.exists)
    }

    @Test func cancellingTheWaitKills() async throws {
        let child = try shell("exec sleep 100")
        let waiting = Task { await child.wait() }
        waiting.cancel()
        #expect(await waiting.value == .signaled(SIGKILL))
    }

    @Test func bigOutputIsComplete() async throws {
        let child = try shell("i=0; while [ $i -lt 20000 ]; do echo \"line $i of many\"; i=$((i+1)); done")
        #expect(await child.wait() == .exited(0))
        #expect(child.output.utf8.count { $0 == 0x0a } == 20_000)
        #expect(try await child.waitForLine(containing: "line 19999 ") == "line 19999 of many")
    }
}
