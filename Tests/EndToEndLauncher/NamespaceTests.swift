import Foundation
import KeepAliveTestSupport
import Testing

/// The launcher as PID 1, like in a container.
@Suite(
    .timeLimit(.minutes(3)),
    .enabled("a PID namespace is not permitted here", { await Namespace.isPermitted(.process) }))
struct NamespaceTests {
    private func run(_ script: String, _ variables: [String: String] = [:]) throws -> LauncherRun {
        let folder = try TemporaryDirectory(prefix: "ka")
        try NamedPipe.make(at: folder.file("fifo").path)
        return try LauncherRun(in: folder, script: script, variables, wrapper: Namespace.process)
    }

    /// The launcher's number outside of its namespace.
    private func launcher(_ run: LauncherRun) async throws -> Int32 {
        _ = try await run.bot()
        return try #require(Processes.child(of: run.process.processID))
    }

    @Test(arguments: [0, 70, 78] as [Int32])
    func exitCodesPass(code: Int32) async throws {
        let run = try run("[ $PPID = 1 ] && exit \(code); exit 99")
        #expect(await run.process.wait() == .exited(code))
    }

    @Test func theLimitPassesToo() async throws {
        let run = try run("kill -SEGV $$", ["MAX_RESTARTS": "2"])
        #expect(await run.process.wait() == .exited(70))
    }

    @Test(arguments: [(SIGUSR1, "USR1"), (SIGUSR2, "USR2"), (SIGTERM, "TERM"), (SIGINT, "INT")])
    func signalsArePassedOn(signal: Int32, name: String) async throws {
        let run = try run("trap 'echo got \(name); exit 78' \(name); echo up; while :; do read -r l < fifo; done")
        try await run.process.waitForLine(containing: "up")
        kill(try await launcher(run), signal)
        try await run.process.waitForLine(containing: "got \(name)")
        #expect(await run.process.wait() == .exited(78))
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func aBotKilledByTheSignalIs128AndTheSignal(signal: Int32) async throws {
        let run = try run("echo up; exec sleep 1000")
        try await run.process.waitForLine(containing: "up")
        kill(try await launcher(run), signal)
        #expect(await run.process.wait() == .exited(128 + signal))
    }

    @Test func thousandsOfOrphansLeaveNoZombie() async throws {
        // A subshell that ends at once and leaves its child to PID 1.
        let run = try run(
            """
            i=0
            while [ $i -lt 1500 ]; do (true &); (/bin/true & ) ; i=$((i+1)); done
            (setsid sh -c 'sh -c "exit 3" & exec true' &)
            echo "made $((2 * i))"
            zombies() { cat /proc/[0-9]*/stat 2>/dev/null | sed 's/.*) //' | grep -c '^Z'; }
            # Counted once: the shell's own children, which count, are zombies too for a moment.
            while z=$(zombies); [ "$z" != 0 ]; do :; done
            echo "zombies $z of $(ls -d /proc/[0-9]* | wc -l)"
            exit 0
            """)
        try await run.process.waitForLine(containing: "made 3000", within: .seconds(120))
        let line = try await run.process.waitForLine(containing: "zombies 0 of ")
        let count = try #require(line.split(separator: " ").last.flatMap { Int($0) })
        #expect(count < 20)
        #expect(await run.process.wait() == .exited(0))
        #expect(run.count("launcher: started") == 1)
    }

    @Test func orphansOfABotThatIsStartedAgainGoWithItsGroup() async throws {
        let run = try run(
            "n=$(cat n 2>/dev/null || echo 0); echo $((n+1)) > n; sleep 1000 & "
                + "[ \"$n\" = 3 ] && { ls -d /proc/[0-9]* | wc -l | sed 's/^/count /'; exit 0; }; exit 1")
        let line = try await run.process.waitForLine(containing: "count ")
        let count = try #require(line.split(separator: " ").last.flatMap { Int($0) })
        // PID 1, this shell, its sleep, and the pipeline, but none of the earlier three.
        #expect(count <= 7)
        #expect(await run.process.wait() == .exited(0))
    }
}
