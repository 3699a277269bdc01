import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// Kills the running bot for real, and prints how long its recovery takes.
struct Drill {
    let running: RunningLauncher
    /// The longest recovery time.
    var patience = Duration.seconds(900)

    /// Runs the drill; returns the exit code: 0 only after a recovery.
    func run() -> Int32 {
        let before: StatusFile.Status
        do {
            before = try running.status()
        } catch {
            return fail(error.description)
        }
        let nobody =
            before.state == "standby"
            ? "this launcher is a standby and runs no bot: \(before.reason)"
            : "the bot is not running now: the launcher waits for a restart or is stopping"
        // Its number may be another process's by now. Without /proc nobody can tell.
        guard before.bot > 0, before.botStartTime == 0 || before.isBot else { return fail(nobody) }
        say("killing the bot (process \(before.bot)) with SIGKILL")
        let start = MonotonicTime.now()
        guard kill(before.bot, SIGKILL) == 0 else {
            let error = Errno.last("kill")
            // The bot has just ended by itself.
            return fail(error.code == ESRCH ? nobody : "the bot cannot be killed: \(error.message)")
        }

        guard let detected = wait(from: start, until: { $0.bot != before.bot }) else {
            return fail("the launcher did not notice the bot's death")
        }
        say("detected after   \(Self.words(detected.after))")
        guard let restarted = wait(from: start, until: { $0.bot > 0 && $0.bot != before.bot }) else {
            return fail("the launcher did not restart the bot")
        }
        say("restarted after  \(Self.words(restarted.after)) (process \(restarted.status.bot))")
        guard !before.healthURL.isEmpty else {
            say("healthy after    unknown: the bot announces no health port")
            return 0
        }
        guard let healthy = waitForHealth(from: start) else { return fail("the bot did not become healthy again") }
        say("healthy after    \(Self.words(healthy))")
        return 0
    }

    private func wait(
        from start: MonotonicTime, until condition: (StatusFile.Status) -> Bool
    ) -> (status: StatusFile.Status, after: Duration)? {
        while true {
            let elapsed = MonotonicTime.now().since(start)
            if let status = running.statusFile.read(), condition(status) { return (status, elapsed) }
            guard elapsed < patience, running.isRunning else { return nil }
            OSThread.rest(milliseconds: 1)
        }
    }

    private func waitForHealth(from start: MonotonicTime) -> Duration? {
        while true {
            let elapsed = MonotonicTime.now().since(start)
            // The address may change with a restart, because its port may be in use.
            if let text = running.statusFile.read()?.healthURL, let url = HTTPURL(text),
                let response = try? HTTPGet(url, timeout: .seconds(5)).run(), response.status == 200
            {
                return elapsed
            }
            guard elapsed < patience, running.isRunning else { return nil }
            OSThread.rest(milliseconds: 5)
        }
    }

    static func words(_ duration: Duration) -> String {
        let microseconds = duration.saturatedNanoseconds / 1000
        return microseconds < 1_000_000
            ? "\(microseconds / 1000).\(microseconds / 100 % 10) ms" : duration.inWords
    }

    private func say(_ text: String) {
        FileDescriptor.print(text, to: STDOUT_FILENO)
    }

    private func fail(_ reason: String) -> Int32 {
        FileDescriptor.complain("drill failed: \(reason)")
        return 1
    }
}
